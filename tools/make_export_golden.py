"""Writes test/golden/export.json: the arrays that `bridgescope export` writes, by float64 numpy.

    python3 tools/make_export_golden.py
"""

import json
import pathlib

import numpy
import torch

from numpy_measures import circuits_of

ROOT = pathlib.Path(__file__).parent.parent

# Folder, step, pair of heads, relative position, rank.
CASES = [
    ("examples/small_run", 1000, "0.0>1.0", -1, 5),
    ("test/golden/runs/four_layers_four_heads", 10, "1.2>3.0", 0, 4),
]


def arrays(state, config, pair, t, rank):
    wte, width, wqk, wov = circuits_of(state, config, pair, t)
    _, s_qk, vt_qk = numpy.linalg.svd(wqk)
    u_ov, s_ov, _ = numpy.linalg.svd(wov)
    first_q, first_k = (state[f"h.0.mha.W_{part}.weight"].double().numpy() for part in "qk")
    mean = wte.mean(0)
    x = numpy.vstack([wte - mean, mean])
    x /= numpy.linalg.norm(x, axis=1, keepdims=True)

    def seen(matrix):
        return numpy.linalg.norm(x @ numpy.linalg.svd(matrix)[2][:rank].T, axis=1)

    coeffs = [seen(first_q), seen(first_k), numpy.linalg.norm(x @ first_q, axis=1), numpy.linalg.norm(x @ first_k, axis=1)]
    return {
        "scores": wte @ wqk @ wov @ wte.T,
        "w_qk": wqk, "w_ov": wov, "w_qkov": wqk @ wov,
        "v_qk": vt_qk[:width].T, "s_qk": s_qk[:width], "u_ov": u_ov[:, :width], "s_ov": s_ov[:width],
        "s_q": numpy.linalg.svd(first_q)[1], "s_k": numpy.linalg.svd(first_k)[1],
        "coeffs": numpy.stack(coeffs, 1),
    }  # fmt: skip


def main():
    cases = []
    for folder, step, pair, t, rank in CASES:
        config = json.loads((ROOT / folder / "config.json").read_text())
        state = torch.load(ROOT / folder / f"ckpt_{step}.pt", map_location="cpu")
        found = arrays(state, config, pair, t, rank)
        cases.append({
            "folder": folder, "step": step, "pair": pair, "rel_pos": t, "rank": rank,
            # Fifteen digits of a few entries tell a wrong matrix as well as all of them do.
            "arrays": {
                name: {"shape": list(values.shape), "values": [float(value) for value in values.ravel()[::7]]}
                for name, values in found.items()
            },
        })  # fmt: skip
    path = ROOT / "test/golden/export.json"
    path.write_text("[\n" + ",\n".join(json.dumps(case) for case in cases) + "\n]\n")
    print(path.stat().st_size, "bytes")


main()
