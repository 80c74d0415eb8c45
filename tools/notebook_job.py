"""The notebook's job in plain numpy and matplotlib, call by call on one thread: what bench/ compares with.

    python3 tools/notebook_job.py RUN... --rel-pos 0,5 --out DIR [--figures] [--values FILE]

A call is one setting at one relative position: every checkpoint, four ranks, the random baseline, and four figures. As in
the notebook nothing is kept from one call to the next. Circuits are decomposed once a call of a function, not once a rank.
"""

import argparse
import json
import os
import pathlib

for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ[name] = "1"

import numpy
import torch

torch.set_num_threads(1)


def rotation(width, theta, t):
    matrix = numpy.eye(width)
    for i in range(width // 2):
        angle = t * theta ** (-2 * i / width)
        cos, sin = numpy.cos(angle), numpy.sin(angle)
        matrix[2 * i : 2 * i + 2, 2 * i : 2 * i + 2] = [[cos, -sin], [sin, cos]]
    return matrix


def scores(v, u, ranks):
    result = {}
    for r in ranks:
        s = numpy.linalg.svd(v[:r] @ u[:, :r], compute_uv=False)
        result[r] = {"largest": s[0], "mean": numpy.sqrt(numpy.mean(s**2))}
    return result


def qkov_matching(state, config, ranks, t):
    """QKOV_matching: match scores, z-score, mismatch ratio."""
    d = config["d_model"]
    w = {part: state[f"h.{layer}.mha.W_{part}.weight"] for part, layer in (("q", 1), ("k", 1), ("v", 0), ("o", 0))}
    wqk = w["q"].T @ rotation(d, config["rotary_theta"], t) @ w["k"] / numpy.sqrt(d)
    wov = w["o"] @ w["v"]
    _, _, v = numpy.linalg.svd(wqk)
    u, _, _ = numpy.linalg.svd(wov)
    wqkov = wqk @ wov
    wte = state["embed.embed.weight"]
    best = (wte @ wqkov @ wte.T).argmax(axis=1)
    return {
        "z_score": (numpy.diag(wqkov).mean() - wqkov.mean()) / wqkov.std(),
        "mismatch_ratio": numpy.mean(best != numpy.arange(len(wte))),
        "match": scores(v, u, ranks),
    }


def match_between_layer(state, ranks):
    """match_between_layer: embedding and first OV circuit."""
    _, _, v = numpy.linalg.svd(state["embed.embed.weight"])
    u, _, _ = numpy.linalg.svd(state["h.0.mha.W_o.weight"] @ state["h.0.mha.W_v.weight"])
    return scores(v, u, ranks)


def screenot(matrix, k=20):
    """ScreeNOT with imputation; bisection to 1e-5 as in the authors' code. None where a matrix is too small for it."""
    if min(matrix.shape) <= 2 * k + 1:
        return None
    values = numpy.linalg.svd(matrix, compute_uv=False)
    gamma = min(matrix.shape) / max(matrix.shape)
    y = numpy.sort(values)
    edge, spread = y[-k - 1], y[-k - 1] - y[-2 * k - 1]
    for l in range(1, k + 1):
        y[-l] = edge + (1 - ((l - 1) / k) ** (2 / 3)) / (2 ** (2 / 3) - 1) * spread

    def psi(t):
        phi = numpy.mean(t / (t**2 - y**2))
        dphi = -numpy.mean((t**2 + y**2) / (t**2 - y**2) ** 2)
        other = gamma * phi + (1 - gamma) / t
        dother = gamma * dphi - (1 - gamma) / t**2
        return t * (dphi * other + phi * dother) / (phi * other)

    low = y.max()
    high = low + 2
    while psi(high) < -4:
        low, high = high, 2 * high
    while high - low > 1e-5:
        middle = (low + high) / 2
        if psi(middle) < -4:
            low = middle
        else:
            high = middle
    return int(numpy.sum(values > (low + high) / 2))


def position_matching(state, ranks):
    """position_matching: coefficients of tokens and of their mean, and the estimated ranks."""
    wte = state["embed.embed.weight"]
    mean = wte.mean(axis=0, keepdims=True)
    x = numpy.concatenate([wte - mean, mean])
    x /= numpy.linalg.norm(x, axis=1, keepdims=True)
    wq, wk = state["h.0.mha.W_q.weight"], state["h.0.mha.W_k.weight"]
    _, _, vq = numpy.linalg.svd(wq)
    _, _, vk = numpy.linalg.svd(wk)
    result = {}
    for r in ranks:
        columns = [x @ vq[:r].T, x @ vk[:r].T, x @ wq, x @ wk]
        lengths = numpy.stack([numpy.linalg.norm(column, axis=1) for column in columns], axis=1)
        result[r] = (lengths[:-1].mean(axis=0), lengths[:-1].std(axis=0), lengths[-1])
    return result, [screenot(matrix) for matrix in (wq, wk, wte, x)]


def match_baseline(d, ranks, draws=100):
    """match_baseline: two random subspaces, 100 times for each rank, as singular vectors of d×d normal matrices."""
    rng = numpy.random.default_rng(0)
    result = {}
    for r in ranks:
        found = numpy.empty((draws, 2))
        for draw in range(draws):
            u, _, _ = numpy.linalg.svd(rng.standard_normal((d, d)))
            _, _, v = numpy.linalg.svd(rng.standard_normal((d, d)))
            s = numpy.linalg.svd(v[:r] @ u[:, :r], compute_uv=False)
            found[draw] = s[0], numpy.sqrt(numpy.mean(s**2))
        result[r] = {"largest": found[:, 0].mean(), "mean": found[:, 1].mean()}
    return result


def plot_dynamics_measurement(curves, setting, steps, series, baseline, wte, rank, t, out):
    """plot_dynamics_measurement: the five panels, as PNG."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 5, figsize=(30, 6))
    x = [entry["epoch"] + 1 for entry in curves]
    axes[0].plot(x, [entry["err_test"] for entry in curves], lw=4, label="ID")
    axes[0].plot(x, [entry["err_ood"] for entry in curves], lw=4, label="OOD")
    axes[0].set_xscale("log")
    axes[0].set_title("ID/OOD test errors", weight="bold")
    axes[0].legend()
    panels = [
        ("Diagonal prefactor z-score", [s["z_score"] for s in series], None),
        ("Matching QK and OV subspaces", [s["match"][rank]["mean"] for s in series], baseline),
        ("Token mismatch ratio at 2nd layer", [s["mismatch_ratio"] for s in series], None),
        ("Matching wte and 1st OV", [s[rank]["mean"] for s in wte], baseline),
    ]
    for axis, (title, values, level) in zip(axes[1:], panels):
        axis.plot(steps, values, "-o")
        axis.set_title(title, weight="bold")
        ticks = range(0, max(steps) + 1, 2000)
        axis.set_xticks(ticks, [f"{tick // 1000}K" if tick else "0" for tick in ticks])
        if level is not None:
            axis.axhline(level, color="gray", ls="--")
    folder = pathlib.Path(out) / f"train_matching_measure_{setting}"
    folder.mkdir(parents=True, exist_ok=True)
    figure.savefig(folder / f"rank_{rank}_method_mean_rel_pos_{t}.png", dpi=200, bbox_inches="tight")
    pyplot.close(figure)


def call(run, t, ranks, options):
    config = json.loads((run / "config.json").read_text())
    curves = json.loads((run / "err_arr.json").read_text())
    steps = sorted(int(path.stem.split("_")[1]) for path in run.glob("ckpt_*.pt"))
    steps = [step for step in steps if step > 0]
    series, wte, values = [], [], {}
    for step in steps:
        loaded = torch.load(run / f"ckpt_{step}.pt", map_location="cpu")
        state = {name: tensor.numpy().astype(numpy.float64) for name, tensor in loaded.items()}
        series.append(qkov_matching(state, config, ranks, t))
        wte.append(match_between_layer(state, ranks))
        position_matching(state, ranks)
        values[step] = {
            "z_score": float(series[-1]["z_score"]),
            "mismatch_ratio": float(series[-1]["mismatch_ratio"]),
            "qk_ov_match": {r: float(series[-1]["match"][r]["mean"]) for r in ranks},
            "wte_ov_match": {r: float(wte[-1][r]["mean"]) for r in ranks},
        }
    baseline = match_baseline(config["d_model"], ranks)
    if options.figures:
        for rank in ranks:
            level = baseline[rank]["mean"]
            plot_dynamics_measurement(curves, run.name, steps, series, level, wte, rank, t, options.out)
    return values


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("runs", nargs="+", type=pathlib.Path)
    parser.add_argument("--ranks", default="5,10,15,20")
    parser.add_argument("--rel-pos", default="0")
    parser.add_argument("--out", default="notebook-out")
    parser.add_argument("--figures", action="store_true")
    parser.add_argument("--values", help="write the values here, for comparison")
    options = parser.parse_args()
    ranks = [int(rank) for rank in options.ranks.split(",")]
    values = {}
    for run in options.runs:
        for t in (int(word) for word in options.rel_pos.split(",")):
            values.setdefault(run.name, {})[t] = call(run, t, ranks, options)
    if options.values:
        pathlib.Path(options.values).write_text(json.dumps(values))
