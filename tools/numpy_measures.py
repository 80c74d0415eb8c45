"""Every measure of one checkpoint in dense float64 numpy, written from the definitions; the oracle of src/measures.

Nothing here is fast: each circuit is formed as a d×d matrix and decomposed in full. `measure` returns plain lists and
numbers; None stands for what cannot be computed.
"""

import numpy
from scipy.optimize import brentq

SCREENOT_BOUND = 20


def rotation(config, t):
    """R(t): blocks [[cos a, -sin a], [sin a, cos a]], a = t·theta^(-2i/width); the identity without rotary positions."""
    width = config["d_model"] // config["num_heads"]
    matrix = numpy.eye(width)
    if config["pos"] != "rotary":
        assert t == 0, "only t = 0 has a meaning without rotary positions"
        return matrix
    for i in range(width // 2):
        angle = t * float(config["rotary_theta"]) ** (-2 * i / width)
        cos, sin = numpy.cos(angle), numpy.sin(angle)
        matrix[2 * i : 2 * i + 2, 2 * i : 2 * i + 2] = [[cos, -sin], [sin, cos]]
    return matrix


def screenot(matrix, k=SCREENOT_BOUND):
    """Rank and threshold: (None, None) where min(n, p) <= 2k + 1."""
    if min(matrix.shape) <= 2 * k + 1:
        return None, None
    values = numpy.linalg.svd(matrix, compute_uv=False)
    gamma = min(matrix.shape) / max(matrix.shape)
    y = numpy.sort(values)
    last, spread = y[-k - 1], y[-k - 1] - y[-2 * k - 1]
    for l in range(1, k + 1):
        y[-l] = last + (1 - ((l - 1) / k) ** (2 / 3)) / (2 ** (2 / 3) - 1) * spread

    def slope_plus_four(t):
        phi = numpy.mean(t / (t**2 - y**2))
        dphi = numpy.mean(1 / (t**2 - y**2) - 2 * t**2 / (t**2 - y**2) ** 2)
        inner, dinner = gamma * phi + (1 - gamma) / t, gamma * dphi - (1 - gamma) / t**2
        return t * (dphi * inner + phi * dinner) / (phi * inner) + 4

    low, high = y.max() * (1 + 1e-9), y.max() + 2
    while slope_plus_four(high) < 0:
        high = low + 2 * (high - low)
    threshold = brentq(slope_plus_four, low, high, xtol=1e-13, rtol=1e-14)
    return int(numpy.sum(values > threshold)), float(threshold)


def match(v, u, limit):
    """Cosines of the principal angles between the spans of v and u, summed up; None beyond the rank of either."""
    if v.shape[1] > limit:
        return {"largest": None, "mean": None}
    s = numpy.linalg.svd(v.T @ u, compute_uv=False)
    return {"largest": float(s[0]), "mean": float(numpy.sqrt(numpy.mean(s**2)))}


def heads_of(state, config):
    """(name, layer, W_q, W_k, W_v: rows of the head, W_o: its columns) for every head, float64."""
    width = config["d_model"] // config["num_heads"]
    for layer in range(config["num_layers"]):
        wq, wk, wv, wo = (state[f"h.{layer}.mha.W_{x}.weight"].double().numpy() for x in "qkvo")
        for head in range(config["num_heads"]):
            part = slice(head * width, (head + 1) * width)
            yield f"{layer}.{head}", layer, wq[part], wk[part], wv[part], wo[:, part]


def position_coefficients(x, wq, wk, ranks):
    vq, vk = (numpy.linalg.svd(w)[2].T for w in (wq, wk))
    result = {}
    for r in ranks:
        products = [x @ vq[:, :r], x @ vk[:, :r], x @ wq, x @ wk, x @ wq.T, x @ wk.T]
        lengths = numpy.stack([numpy.linalg.norm(p, axis=1) for p in products], axis=1)
        result[str(r)] = {
            "token_mean": lengths[:-1].mean(axis=0).tolist(),
            "token_std": lengths[:-1].std(axis=0).tolist(),
            "mean_direction": lengths[-1].tolist(),
        }
    return result


def measure(state, config, ranks, rel_pos):
    """All measures of a state dict. Columns of `position`: query_subspace, key_subspace, query, key, query_input, key_input."""
    wte = state["embed.embed.weight"].double().numpy()
    width = config["d_model"] // config["num_heads"]
    mean = wte.mean(axis=0, keepdims=True)
    x = numpy.concatenate([wte - mean, mean])
    x = x / numpy.linalg.norm(x, axis=1, keepdims=True)
    wq, wk = (state[f"h.0.mha.W_{part}.weight"].double().numpy() for part in "qk")
    estimates = {"W_q": screenot(wq), "W_k": screenot(wk), "wte": screenot(wte), "wte_centered": screenot(x)}
    _, s_wte, vt_wte = numpy.linalg.svd(wte)
    rank_wte = int(numpy.linalg.matrix_rank(wte))

    heads = list(heads_of(state, config))
    last_writer = max(0, config["num_layers"] - 2)
    writers, pairs = {}, {}
    for name, layer, _, _, wv, wo in heads:
        if layer > last_writer:
            continue
        wov = wo @ wv
        u_ov, s_ov, _ = numpy.linalg.svd(wov)
        writers[name] = {
            "s_ov": s_ov[:width].tolist(),
            "wte_match": {str(r): match(vt_wte[:r].T, u_ov[:, :r], min(rank_wte, width)) for r in ranks},
        }
        for reader, later, reader_q, reader_k, _, _ in heads:
            if later <= layer:
                continue
            for t in rel_pos:
                wqk = reader_q.T @ rotation(config, t) @ reader_k / numpy.sqrt(width)
                _, s_qk, vt_qk = numpy.linalg.svd(wqk)
                wqkov = wqk @ wov
                scores = wte @ wqkov @ wte.T
                pairs.setdefault(f"{name}>{reader}", {})[str(t)] = {
                    "z_score": float((numpy.diag(wqkov).mean() - wqkov.mean()) / wqkov.std()),
                    "mismatch_ratio": float(numpy.mean(scores.argmax(axis=1) != numpy.arange(len(wte)))),
                    "s_qk": s_qk[:width].tolist(),
                    "match": {str(r): match(vt_qk[:r].T, u_ov[:, :r], width) for r in ranks},
                }
    return {
        "s_q": numpy.linalg.svd(wq, compute_uv=False).tolist(),
        "s_k": numpy.linalg.svd(wk, compute_uv=False).tolist(),
        "s_wte": s_wte.tolist(),
        "position": position_coefficients(x, wq, wk, ranks),
        "screenot_rank": {name: rank for name, (rank, _) in estimates.items()},
        "screenot_threshold": {name: threshold for name, (_, threshold) in estimates.items()},
        "writers": writers,
        "pairs": pairs,
    }


def circuits_of(state, config, pair, t):
    """E, the width of a head, W_QK(t) and W_OV of a pair such as 0.0>1.0, whole and float64."""
    heads = {name: rest for name, *rest in heads_of(state, config)}
    (_, _, _, wv, wo), (_, wq, wk, _, _) = (heads[name] for name in pair.split(">"))
    wte = state["embed.embed.weight"].double().numpy()
    width = config["d_model"] // config["num_heads"]
    return wte, width, wq.T @ rotation(config, t) @ wk / numpy.sqrt(width), wo @ wv
