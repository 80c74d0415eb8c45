"""The numbers of notebook_job.py in numpy written for speed, on one thread: what bench/ compares with besides.

    python3 tools/vectorised_job.py RUN... --rel-pos 0,5 [--values FILE]

A checkpoint is read once, whatever the number of relative positions, and all checkpoints of a run go through each function of
numpy together. A circuit of a head narrower than the model is decomposed through the QR decompositions of its two factors, the
random subspaces come from QR decompositions, and ScreeNOT bisects for all checkpoints at once. Any number of heads in two layers.
"""

import argparse
import json
import os
import pathlib

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import numpy
import torch

from notebook_job import rotation

torch.set_num_threads(1)


def turned(matrices):
    return numpy.swapaxes(matrices, -1, -2)


def decomposed(left, right):
    """Left and right singular vectors, as columns, of left @ right: n×d×w and n×w×d."""
    if left.shape[-1] == left.shape[-2]:
        u, _, v = numpy.linalg.svd(left @ right)
        return u, turned(v)
    left_q, left_r = numpy.linalg.qr(left)
    right_q, right_r = numpy.linalg.qr(turned(right))
    u, _, v = numpy.linalg.svd(left_r @ turned(right_r))
    return left_q @ u, right_q @ turned(v)


def mean_scores(v, u, ranks):
    result = {}
    for r in ranks:
        s = numpy.linalg.svd(turned(v[..., :r]) @ u[..., :r], compute_uv=False)
        result[r] = numpy.sqrt(numpy.mean(s**2, axis=-1))
    return result


def screenot(matrices, k=20):
    """ScreeNOT with imputation of every matrix; None where they are too small for it."""
    if min(matrices.shape[-2:]) <= 2 * k + 1:
        return None
    values = numpy.linalg.svd(matrices, compute_uv=False)
    gamma = min(matrices.shape[-2:]) / max(matrices.shape[-2:])
    y = numpy.sort(values, axis=-1)
    edge, spread = y[:, -k - 1], y[:, -k - 1] - y[:, -2 * k - 1]
    for l in range(1, k + 1):
        y[:, -l] = edge + (1 - ((l - 1) / k) ** (2 / 3)) / (2 ** (2 / 3) - 1) * spread
    squares = y**2

    def psi(t):
        t = t[:, None]
        gap = t**2 - squares
        phi = numpy.mean(t / gap, axis=-1)
        dphi = -numpy.mean((t**2 + squares) / gap**2, axis=-1)
        t = t[:, 0]
        other = gamma * phi + (1 - gamma) / t
        dother = gamma * dphi - (1 - gamma) / t**2
        return t * (dphi * other + phi * dother) / (phi * other)

    low = y.max(axis=-1)
    high = low + 2
    while (grow := psi(high) < -4).any():
        low = numpy.where(grow, high, low)
        high = numpy.where(grow, 2 * high, high)
    while (high - low > 1e-5).any():
        middle = (low + high) / 2
        below = psi(middle) < -4
        low = numpy.where(below, middle, low)
        high = numpy.where(below, high, middle)
    return numpy.sum(values > ((low + high) / 2)[:, None], axis=-1)


def position_matching(state, ranks):
    wte = state["embed.embed.weight"]
    mean = wte.mean(axis=1, keepdims=True)
    x = numpy.concatenate([wte - mean, mean], axis=1)
    x /= numpy.linalg.norm(x, axis=2, keepdims=True)
    wq, wk = state["h.0.mha.W_q.weight"], state["h.0.mha.W_k.weight"]
    vq, vk = (turned(numpy.linalg.svd(w)[2]) for w in (wq, wk))
    whole = [numpy.linalg.norm(x @ w, axis=2) for w in (wq, wk)]
    # Lengths in the first r directions, of every r at once.
    within = [numpy.sqrt(numpy.cumsum((x @ v[..., : max(ranks)]) ** 2, axis=2)) for v in (vq, vk)]
    result = {}
    for r in ranks:
        lengths = numpy.stack([part[..., r - 1] for part in within] + whole, axis=2)
        result[r] = (lengths[:, :-1].mean(axis=1), lengths[:, :-1].std(axis=1), lengths[:, -1])
    return result, [screenot(matrices) for matrices in (wq, wk, wte, x)]


def match_baseline(d, ranks, draws=100):
    rng = numpy.random.default_rng(0)
    u, v = (numpy.linalg.qr(rng.standard_normal((draws, d, max(ranks))))[0] for _ in range(2))
    return {r: scores.mean() for r, scores in mean_scores(v, u, ranks).items()}


def measure(run, positions, ranks, record):
    """Every measure of every checkpoint; `record(measure, of, step, t, rank, value)` takes what can be compared."""
    config = json.loads((run / "config.json").read_text())
    json.loads((run / "err_arr.json").read_text())
    steps = sorted(int(path.stem.split("_")[1]) for path in run.glob("ckpt_*.pt"))
    steps = [step for step in steps if step > 0]
    loaded = [torch.load(run / f"ckpt_{step}.pt", map_location="cpu") for step in steps]
    state = {name: numpy.stack([one[name].numpy() for one in loaded]).astype(numpy.float64) for name in loaded[0]}
    width = config["d_model"] // config["num_heads"]
    parts = [slice(head * width, (head + 1) * width) for head in range(config["num_heads"])]

    def rows(measure, of, t, rank, values):
        for step, value in zip(steps, values):
            record(measure, of, step, t, rank, value)

    wte = state["embed.embed.weight"]
    v_wte = turned(numpy.linalg.svd(wte)[2])
    writers = []
    for head, part in enumerate(parts):
        left, right = state["h.0.mha.W_o.weight"][:, :, part], state["h.0.mha.W_v.weight"][:, part]
        u, _ = decomposed(left, right)
        writers.append((left @ right, u))
        for rank, values in mean_scores(v_wte, u, ranks).items():
            rows("wte_ov_match", f"0.{head}", None, rank, values)
    for t in positions:
        turn = rotation(width, config["rotary_theta"], t) / numpy.sqrt(width)
        for reader, part in enumerate(parts):
            left = turned(state["h.1.mha.W_q.weight"][:, part]) @ turn
            right = state["h.1.mha.W_k.weight"][:, part]
            _, v = decomposed(left, right)
            wqk = left @ right
            for writer, (wov, u) in enumerate(writers):
                of = f"0.{writer}>1.{reader}"
                product = wqk @ wov
                diagonal = numpy.diagonal(product, axis1=1, axis2=2).mean(axis=1)
                rows("z_score", of, t, None, (diagonal - product.mean(axis=(1, 2))) / product.std(axis=(1, 2)))
                best = (wte @ product @ turned(wte)).argmax(axis=2)
                rows("mismatch_ratio", of, t, None, numpy.mean(best != numpy.arange(wte.shape[1]), axis=1))
                for rank, values in mean_scores(v, u, ranks).items():
                    rows("qk_ov_match", of, t, rank, values)
    position_matching(state, ranks)
    match_baseline(config["d_model"], ranks)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="+", type=pathlib.Path)
    parser.add_argument("--ranks", default="5,10,15,20")
    parser.add_argument("--rel-pos", default="0")
    parser.add_argument("--values", help="write the values here, for comparison")
    options = parser.parse_args()
    ranks = [int(rank) for rank in options.ranks.split(",")]
    positions = [int(word) for word in options.rel_pos.split(",")]
    values = []
    for run in options.runs:
        measure(run, positions, ranks, lambda *row: values.append([*row[:5], float(row[5])]))
    if options.values:
        pathlib.Path(options.values).write_text(json.dumps(values))
