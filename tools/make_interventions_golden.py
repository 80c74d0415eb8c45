"""Writes test/golden/interventions.json: what edits of a few checkpoints leave, by float64 numpy and PyTorch's forward pass.

    python3 tools/make_interventions_golden.py

Everything is from the definitions of docs/interventions.md, with dense d×d matrices, independently of the package.
"""

import json
import pathlib

import numpy
import torch

from numpy_measures import heads_of, rotation
from torch_model import Model, next_token_loss

ROOT = pathlib.Path(__file__).parent.parent


def projector(basis, rank, keep):
    p = basis[:, :rank] @ basis[:, :rank].T
    return p if keep else numpy.eye(len(p)) - p


def block(config, head):
    layer, number = map(int, head.split("."))
    width = config["d_model"] // config["num_heads"]
    return layer, slice(number * width, (number + 1) * width)


def edit(state, config, what, load):
    """A copy of a state dict with one edit done, in float64."""
    state = {name: tensor.double().clone() for name, tensor in state.items()}
    original = {name: tensor.clone() for name, tensor in state.items()}
    heads = {name: rest for name, *rest in heads_of(original, config)}
    kind = what["kind"]
    if kind == "remove":
        for head in what["heads"]:
            layer, rows = block(config, head)
            state[f"h.{layer}.mha.W_o.weight"][:, rows] = 0
    elif kind == "project":
        if what["subspace"] == "bridge":
            stack = []
            for head in what["of"]:
                _, wq, wk, _, _ = heads[head]
                width = config["d_model"] // config["num_heads"]
                stack.append(wq.T @ rotation(config, what["rel_pos"]) @ wk)
            basis = numpy.linalg.svd(numpy.concatenate(stack))[2].T
        else:
            _, _, _, wv, wo = heads[what["of"][0]]
            basis = numpy.linalg.svd(wo @ wv)[0]
        p = torch.from_numpy(projector(basis, what["rank"], what["what"] == "keep"))
        for head in what["heads"]:
            layer, rows = block(config, head)
            if what["component"] == "keys":
                state[f"h.{layer}.mha.W_k.weight"][rows] = state[f"h.{layer}.mha.W_k.weight"][rows] @ p
            else:
                state[f"h.{layer}.mha.W_o.weight"][:, rows] = p @ state[f"h.{layer}.mha.W_o.weight"][:, rows]
    elif kind in ("exchange", "transplant_circuit"):
        donor = original if kind == "exchange" else {n: t.double() for n, t in load(what["step"]).items()}
        pairs = what["pairs"] if kind == "exchange" else [[head, head] for head in what["heads"]]
        for target, source in pairs:
            (to, rows), (start, from_rows) = block(config, target), block(config, source)
            for part in ("q", "k") if what["circuit"] == "QK" else ("v",):
                # Exchanged matrices leave their biases behind; transplanted ones bring them.
                for end in ("weight",) if kind == "exchange" else ("weight", "bias"):
                    state[f"h.{to}.mha.W_{part}.{end}"][rows] = donor[f"h.{start}.mha.W_{part}.{end}"][from_rows]
            if what["circuit"] == "OV":
                state[f"h.{to}.mha.W_o.weight"][:, rows] = donor[f"h.{start}.mha.W_o.weight"][:, from_rows]
    elif kind == "transplant_layer":
        donor = load(what["step"])
        for name in state:
            if name.startswith(f"h.{what['layer']}."):
                state[name] = donor[name].double()
            if what.get("embedding") and name.startswith("embed."):
                state[name] = donor[name].double()
    return state


def judge(state, config, folder):
    model = Model(config).double()
    model.load_state_dict(state)
    for each in model.h:
        each.mha.double()
        if hasattr(each.mha, "cos"):
            each.mha.cos, each.mha.sin = each.mha.cos.double(), each.mha.sin.double()
    out = {}
    for name, file in (("test", "test.pth"), ("ood", "test_ood.pth")):
        tokens, lengths, starts = torch.load(folder / file)
        with torch.no_grad():
            logits = model(tokens)
        right = (logits[:, :-1].argmax(-1) == tokens[:, 1:]).numpy()
        correct = copy_correct = 0
        for s, (length, (_, second)) in enumerate(zip(lengths, starts)):
            first = second + config["ignore_burning"]
            correct += int(right[s, first : min(second + length, tokens.shape[1] - 1)].sum())
            copy_correct += int(right[s, first : second + length - 1].sum())
        out[name] = {
            "loss": next_token_loss(logits, tokens, 0.1 if config["label_smoothing"] else 0.0).item(),
            "correct": correct,
            "copy_correct": copy_correct,
        }
    return out


def projections(heads, of, rank, rel_pos):
    return [
        {"kind": "project", "component": component, "heads": [head], "subspace": subspace, "of": [source],
         "rel_pos": rel_pos, "rank": rank, "what": what}
        for component, head, subspace, source in (
            ("keys", heads[1], "written", of[0]), ("outputs", heads[0], "bridge", of[1]))
        for what in ("keep", "drop")
    ]


CASES = [
    ("examples/small_run", 2000, [
        {"kind": "none"},
        {"kind": "remove", "heads": ["0.0"]},
        {"kind": "remove", "heads": ["1.0"]},
        *projections(["0.0", "1.0"], ["0.0", "1.0"], 4, 0),
        *projections(["0.0", "1.0"], ["0.0", "1.0"], 9, -7),
        {"kind": "transplant_layer", "layer": 0, "step": 900},
        {"kind": "transplant_layer", "layer": 0, "step": 900, "embedding": True},
        {"kind": "transplant_layer", "layer": 1, "step": 1300},
        {"kind": "transplant_circuit", "heads": ["1.0"], "circuit": "QK", "step": 1300},
        {"kind": "transplant_circuit", "heads": ["1.0"], "circuit": "OV", "step": 1300},
    ]),
    ("examples/small_run", 1000, [
        {"kind": "none"},
        {"kind": "remove", "heads": ["1.0"]},
        *projections(["0.0", "1.0"], ["0.0", "1.0"], 4, 0),
        {"kind": "exchange", "pairs": [["0.0", "1.0"], ["1.0", "0.0"]], "circuit": "QK"},
        {"kind": "exchange", "pairs": [["0.0", "1.0"], ["1.0", "0.0"]], "circuit": "OV"},
    ]),
]


def main():
    out = []
    for folder, step, edits in CASES:
        path = ROOT / folder
        config = json.loads((path / "config.json").read_text())

        def load(number):
            return torch.load(path / f"ckpt_{number}.pt", map_location="cpu")

        for what in edits:
            result = judge(edit(load(step), config, what, load), config, path)
            out.append({"run": folder, "step": step, "edit": what, **result})
    target = ROOT / "test/golden/interventions.json"
    target.write_text(json.dumps(out, indent=1) + "\n")


main()
