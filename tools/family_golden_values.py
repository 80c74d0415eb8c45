"""Golden values of a model folder: measures of weights by dense d×d matrices, behaviour by the forward pass of family_models.

The keys are those of `golden.json` (see test/golden/models/README.md).
"""

import math

import numpy
import torch

from family_models import Plain, forward, read_model, rotation, write_safetensors

RANKS = (2, 5, 8)


def dense_heads(model, folded):
    """wq, wk, wv h×d and wo d×h of every head, with shared keys written out, as numpy arrays."""
    out = {}
    for layer in range(model.layers):
        p = {name: value.numpy() for name, value in model.attention(layer).items()}
        for_q, for_k = (None if g is None else g.numpy()[:, None] for g in model.head_norms(layer))
        gain = model.gain(model.norm_names(layer)[0])[0].numpy()

        def fold(w):
            if not folded:
                return w
            w = w * gain
            return w if model.rms else w - w.mean(1, keepdims=True)

        for head in range(model.heads):
            group = head * model.key_heads // model.heads
            wq, wk, wv = fold(p["wq"][head]), fold(p["wk"][group]), fold(p["wv"][group])
            if for_q is not None:
                wq, wk = wq * for_q, wk * for_k
            out[f"{layer}.{head}"] = (wq, wk, wv, p["wo"][:, head])
    return out


def pair_values(model, folded, positions):
    heads = dense_heads(model, folded)
    norm = numpy.linalg.norm
    ov = {name: wo @ wv for name, (_, _, wv, wo) in heads.items()}
    left = {name: numpy.linalg.svd(w)[0] for name, w in ov.items()}
    out = {}
    for reader, (wq, wk, _, _) in heads.items():
        for t in positions:
            qk = wq.T @ rotation(model, t) @ wk / math.sqrt(model.h)
            right = numpy.linalg.svd(qk)[2].T
            for writer in heads:
                if int(writer.split(".")[0]) >= int(reader.split(".")[0]):
                    continue
                product = qk @ ov[writer]
                size = norm(qk) * norm(ov[writer])
                match = {}
                for r in RANKS:
                    s = numpy.linalg.svd(right[:, :r].T @ left[writer][:, :r], compute_uv=False)
                    match[str(r)] = [s[0], math.sqrt((s * s).mean())]
                values = out.setdefault(f"{writer}>{reader}", {})
                values[str(t)] = {
                    "z_score": (numpy.diag(product).mean() - product.mean()) / product.std(),
                    "k_composition": norm(product) / size,
                    "q_composition": norm(ov[writer].T @ qk) / size,
                    "match": match,
                }
                values["v_composition"] = norm(ov[reader] @ ov[writer]) / (norm(ov[reader]) * norm(ov[writer]))
    return out


def copying_scores(model, folded):
    e, u = model.embedding.numpy(), model.unembedding.numpy()
    out = {}
    for name, (_, _, wv, wo) in dense_heads(model, folded).items():
        values = numpy.linalg.eigvals(wv @ e.T @ u @ wo)
        out[name] = values.real.sum() / numpy.abs(values).sum()
    return out


def behaviour(maps, segment):
    """Scores by layer and head, and those as published."""
    own = {"previous_token": [], "induction": [], "duplicate_token": []}
    published = {"induction": [], "previous": []}
    for a in maps:
        length = a.shape[-1]
        t = torch.arange(length)
        late = t[segment:]
        own["previous_token"].append(a[:, :, t[1:], t[1:] - 1].mean((0, 2)).tolist())
        own["induction"].append(a[:, :, late, late - segment + 1].mean((0, 2)).tolist())
        own["duplicate_token"].append(a[:, :, late, late - segment].mean((0, 2)).tolist())
        cut = a[:, :, 1:, 1:]
        cut = cut / (cut + 1e-6).sum(-1, keepdim=True)
        for name, distance in (("induction", segment - 1), ("previous", 1)):
            # Without its first entry, which stood in the column that is gone.
            diagonal = cut.diagonal(-distance, -2, -1)
            published[name].append(diagonal.mean((0, 2)).tolist())
    return own, published


def copying(model, tokens, segment, parts=None):
    logits, _ = forward(model, tokens, parts)
    t = torch.arange(segment + 4, 3 * segment - 1)
    target = tokens[:, t + 1]
    chances = logits[:, t].softmax(-1).gather(-1, target[..., None])[..., 0]
    wrong = (logits[:, t].argmax(-1) != target).sum().item()
    return {"prob": chances.mean().item(), "err": wrong / target.numel(), "wrong": wrong, "of": target.numel()}


def best(scores, count):
    places = [(layer, head) for layer, row in enumerate(scores) for head in range(len(row))]
    return [list(place) for place in sorted(places, key=lambda p: -scores[p[0]][p[1]])[:count]]


def bridge(model, heads, t):
    dense = dense_heads(model, False)
    r = rotation(model, t)
    # Without the factor 1/√h of W_QK, which changes no subspace.
    stack = [wq.T @ r @ wk for wq, wk, *_ in (dense[f"{l}.{j}"] for l, j in heads)]
    _, s, vt = numpy.linalg.svd(numpy.concatenate(stack), full_matrices=False)
    return s, torch.from_numpy(vt.T.copy())


def edited(model, edit):
    parts = [model.attention(layer) for layer in range(model.layers)]
    edit(parts)
    return parts


def group_of(model, head):
    return head * model.key_heads // model.heads


def interventions(model, tokens, segment, top, positions):
    induction, previous = top["induction"][:2], top["previous"][:2]
    results = []

    def judge(what, edit):
        results.append({**what, **copying(model, tokens, segment, edited(model, edit))})

    for name, heads in (("induction", induction), ("previous", previous[:1]), ("fixed", [[0, 1], [1, 2]])):

        def remove(parts, heads=heads):
            for layer, head in heads:
                parts[layer]["wo"][:, head] = 0

        judge({"kind": "remove", "name": name, "heads": heads}, remove)

    for t in positions:
        _, basis = bridge(model, induction, t)
        for rank in (4, 12):
            inside = basis[:, :rank] @ basis[:, :rank].T
            for keep in (True, False):
                p = inside if keep else torch.eye(model.d, dtype=torch.float64) - inside

                def keys(parts):
                    for layer, group in {(layer, group_of(model, head)) for layer, head in induction}:
                        parts[layer]["wk"][group] = parts[layer]["wk"][group] @ p

                def outputs(parts):
                    for layer, head in previous:
                        parts[layer]["wo"][:, head] = p @ parts[layer]["wo"][:, head]

                rest = {"rank": rank, "rel_pos": t, "keep": keep}
                judge({"kind": "project", "component": "keys", "heads": induction, **rest}, keys)
                judge({"kind": "project", "component": "outputs", "heads": previous, **rest}, outputs)

    pairs = [[induction[0], induction[1]], [induction[1], induction[0]]]
    original = [model.attention(layer) for layer in range(model.layers)]
    for component in ("QK", "OV"):

        def exchange(parts):
            done = set()
            for (layer, head), (from_layer, from_head) in pairs:
                source, mine, theirs = original[from_layer], group_of(model, head), group_of(model, from_head)
                if component == "QK":
                    parts[layer]["wq"][head] = source["wq"][from_head]
                else:
                    parts[layer]["wo"][:, head] = source["wo"][:, from_head]
                if (layer, mine) in done:
                    continue
                done.add((layer, mine))
                name = "wk" if component == "QK" else "wv"
                parts[layer][name][mine] = source[name][theirs]

        judge({"kind": "exchange", "component": component, "pairs": pairs}, exchange)
    return results


def golden_values(folder, tokens, three, segment, attention_file=None):
    """tokens N×2L, three N×3L. Writes the attention of the first sequence to a file where one is named."""
    model = Plain(*read_model(folder))
    logits, maps = forward(model, tokens)
    if attention_file is not None:
        write_safetensors(attention_file, {f"attention.{i}": a[0].float() for i, a in enumerate(maps)})
    own, published = behaviour(maps, segment)
    top = {"induction": best(published["induction"], 4), "previous": best(published["previous"], 4)}
    far = [0] if model.frequencies is None else [0, 1 - segment]
    near = [0] if model.frequencies is None else [0, -1, 1 - segment]
    losses = torch.nn.functional.cross_entropy(logits[:, :-1].reshape(-1, logits.shape[-1]), tokens[:, 1:].reshape(-1))
    return {
        "input_ids": tokens.tolist(),
        "input_ids_three": three.tolist(),
        "segment_length": segment,
        "logits_last": logits[0, -3:].tolist(),
        "argmax": logits.argmax(-1).tolist(),
        "loss": losses.item(),
        "scores_published": published,
        "scores": own,
        "copying": copying(model, three, segment),
        "top": top,
        "bridge": {
            str(t): {
                "heads": top["induction"][:2],
                "singular_values": bridge(model, top["induction"][:2], t)[0][: min(2 * model.h, model.d)].tolist(),
            }
            for t in far
        },
        "interventions": interventions(model, three, segment, top, far),
        "pairs": {name: pair_values(model, name == "folded", near) for name in ("stored", "folded")},
        "copying_score": {name: copying_scores(model, name == "folded") for name in ("stored", "folded")},
    }
