"""Writes test/golden/runs: what float64 numpy measures, and PyTorch evaluates, on examples/small_run (which bridgescope trained)
and on small models of other architectures.

    python3 tools/make_golden_run.py
"""

import json
import pathlib

import numpy
import torch

from numpy_measures import measure
from torch_model import Model, next_token_loss

ROOT = pathlib.Path(__file__).parent.parent
RUN = ROOT / "examples/small_run"
GOLDEN = ROOT / "test/golden/runs"

CONFIG = json.loads((RUN / "config.json").read_text())
RANKS = [5, 10, 15, 20]
REL_POS = [0, 1, 5, 30, -1, -5, -10]
GOLDEN_STEPS = [0, 100, 500, 1000, 2000]

# Random models: architecture beside that of the run, ranks, relative positions.
OTHERS = {
    "wide_vocabulary": ({"vocab_size": 48, "d_model": 32}, RANKS, [0, 7, -3]),
    "narrow_vocabulary": ({"vocab_size": 12, "d_model": 24}, RANKS, [0, -3]),
    "four_layers_four_heads": ({"vocab_size": 12, "d_model": 32, "num_layers": 4, "num_heads": 4}, [1, 4, 8], [0, -2]),
    "one_layer": ({"num_layers": 1}, RANKS, [0]),
    "learned_positions": ({"pos": None, "num_heads": 2, "d_model": 16}, [2, 5, 8], [0]),
    "relative_positions": ({"pos": "relative", "d_model": 16, "max_seq_len": 8}, [2, 5, 10], [0]),
    "estimated_ranks": ({"vocab_size": 64, "d_model": 48, "rotary_theta": 100}, RANKS, [0, 20]),
}


def masks(config, lengths, starts):
    """Positions that err counts, and those of them whose next token the rule determines."""
    t = numpy.arange(config["max_seq_len"])
    published = numpy.zeros((len(lengths), len(t)), dtype=bool)
    for start in starts[:, config["ignore_segment"] :].T:
        published |= (t >= start[:, None] + config["ignore_burning"]) & (t < (start + lengths)[:, None])
    determined = published & numpy.roll(published, -1, axis=1) & (t < len(t) - 1)
    return torch.from_numpy(published), torch.from_numpy(determined)


def evaluate(model, config, tokens, lengths, starts):
    published, determined = masks(config, lengths, starts)
    with torch.no_grad():
        logits = model(tokens)
    right = logits[:, :-1].argmax(-1) == tokens[:, 1:]
    correct, masked = int((right & published[:, :-1]).sum()), int(published.sum())
    return {
        "loss": float(next_token_loss(logits, tokens)), "err": 1 - correct / masked, "correct": correct, "masked": masked,
        "copy_correct": int((right & determined[:, :-1]).sum()), "copy_positions": int(determined.sum()),
    }  # fmt: skip


def save(model, config, step, folder):
    torch.save(model.state_dict(), folder / f"ckpt_{step}.pt")


def dump(path, content):
    """Compact JSON: numbers keep all their digits."""
    path.write_text(json.dumps(content, separators=(",", ":"), allow_nan=False) + "\n")


def golden_of_run():
    config = json.loads((RUN / "config.json").read_text())
    sets = {name: torch.load(RUN / file) for name, file in (("test", "test.pth"), ("ood", "test_ood.pth"))}
    model = Model(config)
    checkpoints = {}
    for step in GOLDEN_STEPS:
        state = torch.load(RUN / f"ckpt_{step}.pt")
        model.load_state_dict(state)
        measured = measure(state, config, RANKS, REL_POS)
        measured["errors"] = {
            f"{key}_{name}": value
            for name, data in sets.items()
            for key, value in evaluate(model, config, *data).items()
        }
        checkpoints[str(step)] = measured
    dump(GOLDEN / "small_run.json", {"ranks": RANKS, "rel_pos": REL_POS, "checkpoints": checkpoints})


def golden_of_others():
    for seed, (name, (changes, ranks, rel_pos)) in enumerate(OTHERS.items()):
        config = {**CONFIG, **changes, "num_epoch": 10, "n_save": 1, "out_dir": name}
        folder = GOLDEN / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n")
        torch.manual_seed(seed)
        model = Model(config)
        # A planted direction that all circuits share makes the values differ from those of pure noise.
        with torch.no_grad():
            shared = torch.randn(config["d_model"], 4)
            for layer in model.h:
                for weight in (layer.mha.W_q, layer.mha.W_k, layer.mha.W_v, layer.mha.W_o):
                    weight.weight += 0.05 * torch.randn(config["d_model"], 4) @ shared.T
        save(model, config, 10, folder)
        measured = measure(model.state_dict(), config, ranks, rel_pos)
        dump(GOLDEN / f"{name}.json", {"ranks": ranks, "rel_pos": rel_pos, "checkpoints": {"10": measured}})


if __name__ == "__main__":
    torch.set_num_threads(1)
    GOLDEN.mkdir(parents=True, exist_ok=True)
    golden_of_run()
    golden_of_others()
