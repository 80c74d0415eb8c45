"""All pairs of heads of a GPT-2 in numpy, written as well as one can: the other side of `npm run bench -- models`.

    python3 model_pairs_in_numpy.py MODEL OUT.npz [--match] [--published COUNT]

Circuits stay factored: QR of factors h wide, SVD of h×h cores, one product for the cross products of all subspaces. Norms of products of circuits are inner
products of their d×d squares, ‖W_QK W_OV‖² = ⟨W_QKᵀ W_QK, W_OV W_OVᵀ⟩, so that all pairs of them are one matrix product; one layer of readers is held at a time.

`--match`: the QK–OV match alone. `--published COUNT`: so many pairs the published code's way, two SVDs of dense circuits and a dense product a pair, at one
rank, instead.
"""

import json
import struct
import sys
import time

import numpy
from numpy.linalg import eigvalsh, norm, qr, svd

RANKS = (5, 10, 15, 20)


def read_heads(folder):
    """W_Q/√h, W_K, W_V and W_Oᵀ of all heads, N × h × d, and heads a layer."""
    with open(f"{folder}/config.json") as file:
        config = json.load(file)
    layers, heads, width = config["n_layer"], config["n_head"], config["n_embd"]
    depth = width // heads
    with open(f"{folder}/model.safetensors", "rb") as file:
        (size,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(size))

        def tensor(name):
            start, end = header[name]["data_offsets"]
            file.seek(8 + size + start)
            values = numpy.frombuffer(file.read(end - start), numpy.float32)
            return values.reshape(header[name]["shape"]).astype(numpy.float64)

        parts = []
        for layer in range(layers):
            read = tensor(f"h.{layer}.attn.c_attn.weight").T.reshape(3, heads, depth, width)
            write = tensor(f"h.{layer}.attn.c_proj.weight").reshape(1, heads, depth, width)
            parts.append(numpy.concatenate([read, write]))
    q, k, v, o = numpy.concatenate(parts, 1)
    return q / numpy.sqrt(depth), k, v, o, heads


def matches(q, k, v, o):
    """Mean and largest QK–OV match, N × N by reader and writer, at every rank."""
    count, _, width = q.shape
    most = max(RANKS)
    flip = lambda a: a.transpose(0, 2, 1)
    (_, rq), (basis_k, rk), (basis_o, ro), (_, rv) = (qr(flip(a)) for a in (q, k, o, v))
    right = basis_k @ flip(svd(rq @ flip(rk))[2])[:, :, :most]
    left = basis_o @ svd(ro @ flip(rv))[0][:, :, :most]
    cross = flip(right).reshape(-1, width) @ left.transpose(1, 0, 2).reshape(width, -1)
    cross = cross.reshape(count, most, count, most).transpose(0, 2, 1, 3).reshape(-1, most, most)
    out = {}
    for rank in RANKS:
        part = numpy.ascontiguousarray(cross[:, :rank, :rank])
        out[f"mean {rank}"] = numpy.sqrt((part * part).sum((1, 2)) / rank).reshape(count, count)
        out[f"largest {rank}"] = numpy.sqrt(eigvalsh(part @ flip(part))[:, -1]).reshape(count, count)
    return out


def compositions(q, k, v, o, heads):
    """z-score, K-, Q- and V-composition, N × N by reader and writer."""
    count, _, width = q.shape
    squares, circuits = (numpy.empty((count, width * width)) for _ in range(2))
    for i in range(count):
        circuits[i] = (o[i].T @ v[i]).ravel()
        squares[i] = ((o[i].T @ (v[i] @ v[i].T)) @ o[i]).ravel()

    def products(circuit, others):
        out = numpy.empty((count, count))
        layer = numpy.empty((heads, width * width))
        for first in range(0, count, heads):
            for j in range(heads):
                layer[j] = circuit(first + j).ravel()
            out[first : first + heads] = layer @ others.T
        return out

    size = lambda a, b: numpy.sqrt(numpy.einsum("nij,nij->n", a @ a.transpose(0, 2, 1), b @ b.transpose(0, 2, 1)))
    size_qk, size_ov = size(q, k), size(o, v)
    k_squared = products(lambda i: (k[i].T @ (q[i] @ q[i].T)) @ k[i], squares)
    q_squared = products(lambda i: (q[i].T @ (k[i] @ k[i].T)) @ q[i], squares)
    v_squared = products(lambda i: (v[i].T @ (o[i] @ o[i].T)) @ v[i], squares)
    traces = products(lambda i: k[i].T @ q[i], circuits)
    sums = (q.sum(2)[:, None] @ k)[:, 0] @ (v.sum(2)[:, None] @ o)[:, 0].T
    means = sums / width**2
    deviations = numpy.sqrt(k_squared / width**2 - means**2)
    return {
        "k_composition": numpy.sqrt(k_squared) / numpy.outer(size_qk, size_ov),
        "q_composition": numpy.sqrt(q_squared) / numpy.outer(size_qk, size_ov),
        "v_composition": numpy.sqrt(v_squared) / numpy.outer(size_ov, size_ov),
        "z_score": (traces / width - means) / deviations,
    }


def published(q, k, v, o, heads, count, rank=10):
    """Seconds a pair."""
    total = len(q)
    random = numpy.random.default_rng(1)
    started = time.process_time()
    for reader, writer in random.integers(0, total, (count, 2)):
        qk, ov = q[reader].T @ k[reader], o[writer].T @ v[writer]
        right, left = svd(qk)[2].T[:, :rank], svd(ov)[0][:, :rank]
        svd(right.T @ left)
        product = qk @ ov
        (numpy.diag(product).mean() - product.mean()) / product.std(), norm(product)
    return (time.process_time() - started) / count


def main():
    folder, out, *options = sys.argv[1:]
    q, k, v, o, heads = read_heads(folder)
    if "--published" in options:
        seconds = published(q, k, v, o, heads, int(options[options.index("--published") + 1]))
        with open(out, "w") as file:
            json.dump(seconds, file)
        return
    found = matches(q, k, v, o)
    if "--match" not in options:
        found |= compositions(q, k, v, o, heads)
    if out.endswith(".json"):
        with open(out, "w") as file:
            json.dump({name: values.tolist() for name, values in found.items()}, file)
    else:
        numpy.savez(out, **found)


main()
