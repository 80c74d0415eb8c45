"""Writes examples/small_run, a scaled-down run of the copy task across its out-of-distribution transition, and
test/golden/runs: what float64 numpy measures on it and on small models of other architectures.

    python3 tools/make_golden_run.py            trains (about a minute on one thread) and writes everything
    python3 tools/make_golden_run.py --golden   keeps the run that is there and writes the golden values alone
"""

import argparse
import json
import pathlib

import numpy
import torch

from numpy_measures import measure
from torch_model import Model, next_token_loss

ROOT = pathlib.Path(__file__).parent.parent
RUN = ROOT / "examples/small_run"
GOLDEN = ROOT / "test/golden/runs"

CONFIG = {
    "seed": 2026, "vocab_size": 16, "d_model": 24, "ff_dim": 96, "num_heads": 1, "num_layers": 2, "linear_attn": False,
    "residual": True, "mlp": False, "dropout": 0.1, "norm": True, "output_norm": False, "pos": "rotary",
    "rotary_theta": 10000, "max_seq_len": 32, "sample_size": 200, "sample_size_test": 200, "regime": "varied repetition",
    "distr": "zipf", "rep_l": 6, "rep_h": 10, "ood_len_pattern": 12, "pool_size": None, "sig": 2, "device": "cpu",
    "fancy_opt": False, "use_wd": True, "schedule": "constant", "fresh_sample": True, "label_smoothing": False,
    "lr": 3e-3, "wd": 5e-4, "batch_size": 50, "num_epoch": 2000, "wandb_log": False, "plot_attn_every_epoch": 1000000,
    "print_output": False, "n_save": 20, "up_to_first_save": False, "ignore_segment": 1, "ignore_burning": 4,
    "out_dir": "small_run",
}  # fmt: skip
RANKS = [5, 10, 15, 20]
REL_POS = [0, 1, 5, 30, -1, -5, -10]
GOLDEN_STEPS = [0, 100, 500, 1000, 2000]

# Random models: architecture beside CONFIG, ranks, relative positions.
OTHERS = {
    "wide_vocabulary": ({"vocab_size": 48, "d_model": 32}, RANKS, [0, 7, -3]),
    "narrow_vocabulary": ({"vocab_size": 12, "d_model": 24}, RANKS, [0, -3]),
    "four_layers_four_heads": ({"vocab_size": 12, "d_model": 32, "num_layers": 4, "num_heads": 4}, [1, 4, 8], [0, -2]),
    "one_layer": ({"num_layers": 1}, RANKS, [0]),
    "learned_positions": ({"pos": None, "num_heads": 2, "d_model": 16}, [2, 5, 8], [0]),
    "relative_positions": ({"pos": "relative", "d_model": 16, "max_seq_len": 8}, [2, 5, 10], [0]),
    "estimated_ranks": ({"vocab_size": 64, "d_model": 48, "rotary_theta": 100}, RANKS, [0, 20]),
}


def token_probabilities(config):
    p = 1 / (numpy.arange(1, config["vocab_size"] + 1) + 2.7)
    return p / p.sum()


def sample(rng, config, count, probabilities, shortest, longest):
    """`count` sequences with two copies of a pattern: tokens, lengths, starts."""
    size, length = config["vocab_size"], config["max_seq_len"]
    tokens = rng.choice(size, (count, length), p=probabilities)
    lengths = rng.integers(shortest, longest + 1, count)
    starts = numpy.empty((count, 2), dtype=numpy.int64)
    for s, l in enumerate(lengths):
        a, b = sorted(rng.choice(length - 2 * l, 2, replace=False))
        starts[s] = a, b + l
        tokens[s, starts[s, 0] : starts[s, 0] + l] = tokens[s, starts[s, 1] : starts[s, 1] + l]
    return torch.from_numpy(tokens), lengths, starts


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


def train(config, folder):
    folder.mkdir(parents=True, exist_ok=True)
    rng = numpy.random.default_rng(config["seed"])
    torch.manual_seed(config["seed"])
    zipf = token_probabilities(config)
    ood = config["ood_len_pattern"]
    draw = lambda count: sample(rng, config, count, zipf, config["rep_l"], config["rep_h"] - 1)
    test = draw(config["sample_size_test"])
    test_ood = sample(rng, config, config["sample_size_test"], None, ood, ood)
    (folder / "config.json").write_text(json.dumps(config, indent=1) + "\n")
    torch.save(list(test), folder / "test.pth")
    torch.save(list(test_ood), folder / "test_ood.pth")

    model = Model(config)
    optimizer = torch.optim.AdamW(
        model.parameters(), lr=config["lr"], betas=(0.9, 0.98), eps=1e-9, weight_decay=config["wd"]
    )
    schedule = torch.optim.lr_scheduler.ConstantLR(optimizer)
    every = config["num_epoch"] // config["n_save"]
    curves = []
    save(model, config, 0, folder)
    for step in range(1, config["num_epoch"] + 1):
        batch = draw(config["batch_size"])
        drop = lambda x, layer, site: torch.nn.functional.dropout(x, config["dropout"])
        optimizer.zero_grad()
        next_token_loss(model(batch[0], drop), batch[0]).backward()
        optimizer.step()
        schedule.step()
        entry = {"epoch": step - 1}
        for name, data in (("train", batch), ("test", test), ("ood", test_ood)):
            result = evaluate(model, config, *data)
            entry |= {f"loss_{name}": round(result["loss"], 5), f"err_{name}": round(result["err"], 5)}
        curves.append(entry)
        if step % every == 0:
            save(model, config, step, folder)
            print(step, entry, flush=True)
    (folder / "err_arr.json").write_text(json.dumps(curves))


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
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--golden", action="store_true", help="keep the run, write the golden values")
    options = parser.parse_args()
    torch.set_num_threads(1)
    GOLDEN.mkdir(parents=True, exist_ok=True)
    if not options.golden:
        train(CONFIG, RUN)
    golden_of_run()
    golden_of_others()
