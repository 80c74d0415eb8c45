"""Writes test/golden/step.json: circuits, cosines and attention of a few checkpoints, by float64 numpy and PyTorch.

    python3 tools/make_step_golden.py
"""

import json
import math
import pathlib

import numpy
import torch

from numpy_measures import circuits_of
from torch_model import Model

ROOT = pathlib.Path(__file__).parent.parent

# Folder, step, pair of heads, relative positions, ranks.
CASES = [
    ("examples/small_run", 1000, "0.0>1.0", [0, -5], [1, 5, 10]),
    ("test/golden/runs/four_layers_four_heads", 10, "1.2>3.0", [0, 3], [1, 4]),
]


def circuits(state, config, pair, t, ranks):
    wte, width, wqk, wov = circuits_of(state, config, pair, t)
    wqkov = wqk @ wov
    _, s_qk, vt_qk = numpy.linalg.svd(wqk)
    u_ov, s_ov, _ = numpy.linalg.svd(wov)
    vt_wte = numpy.linalg.svd(wte)[2]

    def cosines(vt):
        return {r: numpy.linalg.svd(vt[:r] @ u_ov[:, :r], compute_uv=False).tolist() for r in ranks}

    maps = {"wqk": wqk, "wov": wov, "wqkov": wqkov, "scores": wte @ wqkov @ wte.T}
    return {
        "maps": {name: numpy.float32(value).ravel().tolist() for name, value in maps.items()},
        "s_qk": s_qk[:width].tolist(), "s_ov": s_ov[:width].tolist(),
        "qk_ov": cosines(vt_qk), "wte_ov": cosines(vt_wte),
    }  # fmt: skip


def attention(model, tokens):
    """layers×heads×T×T probabilities: each block's attention on what it is given."""
    maps = []

    def look(module, args):
        (x,) = args
        q, k = (
            w(x).view(*x.shape[:2], module.heads, module.width).transpose(1, 2) for w in (module.W_q, module.W_k)
        )
        scores = module.rotate(q) @ module.rotate(k).transpose(-1, -2) / math.sqrt(module.width)
        maps.append(scores.masked_fill(~module.mask, -1e9).softmax(-1)[0])

    hooks = [block.mha.register_forward_pre_hook(look) for block in model.h]
    logits = model(tokens[None])[0]
    for hook in hooks:
        hook.remove()
    return torch.stack(maps), logits


def reading(state, config):
    torch.manual_seed(1)
    tokens = torch.randint(config["vocab_size"], (config["max_seq_len"],))
    model = Model(config)
    model.load_state_dict(state)
    model.double()
    with torch.no_grad():
        maps, logits = attention(model, tokens)
    probabilities, likeliest = logits.softmax(-1).topk(3)
    # The whole of many heads' maps would be megabytes: their last row and, for the first head, every row.
    return {
        "tokens": tokens.tolist(),
        "first_head": maps[0, 0].flatten().tolist(), "last_rows": maps[:, :, -1].flatten().tolist(),
        "losses": torch.nn.functional.cross_entropy(logits[:-1], tokens[1:], reduction="none").tolist(),
        "likeliest": likeliest.flatten().tolist(), "probabilities": probabilities.flatten().tolist(),
    }  # fmt: skip


def rounded(value):
    """Ten digits: far more than float32 holds, and half the file."""
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [rounded(item) for item in value]
    return float(f"{value:.10g}") if isinstance(value, float) else value


def golden():
    cases = []
    for folder, step, pair, rel_pos, ranks in CASES:
        config = json.loads((ROOT / folder / "config.json").read_text())
        state = torch.load(ROOT / folder / f"ckpt_{step}.pt")
        at = {t: circuits(state, config, pair, t, ranks) for t in rel_pos}
        case = {"folder": folder, "step": step, "pair": pair, "circuits": at, "reading": reading(state, config)}
        cases.append(rounded(case))
    return cases


if __name__ == "__main__":
    torch.set_num_threads(1)
    text = json.dumps(golden(), separators=(",", ":"), allow_nan=False)
    (ROOT / "test/golden/step.json").write_text(text + "\n")
