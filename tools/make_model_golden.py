"""Writes test/golden/model: what PyTorch computes for small models of every architecture.

Each case is NAME.json (config, tokens, learning rates, losses, and where each tensor lies) and NAME.f32 (the tensors, raw
little-endian float32). Tensors: `start`, `gradients` (of the mean loss of the first batch) and `after` (ten AdamW steps), each all
parameters in the order of the state dict, and `logits` of the first batch.

    python3 tools/make_model_golden.py
"""

import json
import math
import pathlib

import numpy
import torch

from torch_model import Model, next_token_loss

OUT = pathlib.Path(__file__).parent.parent / "test/golden/model"
STEPS, BATCH, LR, WEIGHT_DECAY, BETAS, EPSILON = 10, 3, 1e-3, 5e-4, (0.9, 0.98), 1e-9

BASE = {
    "vocab_size": 13, "d_model": 12, "ff_dim": 10, "num_heads": 1, "num_layers": 2, "linear_attn": False,
    "residual": True, "mlp": False, "dropout": 0.0, "norm": True, "output_norm": False, "pos": "rotary",
    "rotary_theta": 10000, "max_seq_len": 11,
}  # fmt: skip
CASES = {
    "paper": {},
    "one_layer": {"num_layers": 1, "rotary_theta": 100},
    "three_heads": {"num_heads": 3},
    "four_layers_four_heads": {"num_layers": 4, "num_heads": 4, "d_model": 8, "vocab_size": 9, "max_seq_len": 9},
    "learned_positions": {"pos": None},
    "relative_positions": {"pos": "relative", "num_heads": 2},
    "linear_attention": {"linear_attn": True, "num_heads": 2},
    "linear_attention_relative": {"linear_attn": True, "pos": "relative"},
    "mlp_three_heads": {"mlp": True, "num_heads": 3},
    "mlp_without_norm": {"mlp": True, "norm": False, "output_norm": True},
    "no_norm_output_norm": {"norm": False, "output_norm": True},
    "no_residual": {"residual": False, "output_norm": True, "mlp": True},
    "odd_sizes": {"vocab_size": 7, "d_model": 15, "num_heads": 3, "ff_dim": 9, "max_seq_len": 5, "mlp": True, "pos": None},
    "multiples_of_eight": {"vocab_size": 16, "d_model": 16, "num_heads": 2, "max_seq_len": 16, "ff_dim": 24, "mlp": True},
    "label_smoothing": {"label_smoothing": True},
    "cosine": {"schedule": "cosine"},
    "dropout": {"dropout": 0.25, "mlp": True, "num_heads": 2},
}  # fmt: skip


def mix(x):
    x = (x ^ (x >> 16)) * 0x7FEB352D & 0xFFFFFFFF
    x = (x ^ (x >> 15)) * 0x846CA68B & 0xFFFFFFFF
    return x ^ (x >> 16)


def dropout_masks(seed, step, batch, shape, probability):
    """The documented counter-based generator, over Python integers."""

    def words(sequence, layer, site):
        for start in (0x9E3779B9, 0x3C6EF372):
            for part in (2 * layer + site, sequence, step, seed):
                start = mix((start + part) & 0xFFFFFFFF)
            yield start

    def mask(sequence, layer, site):
        k0, k1 = words(sequence, layer, site)
        values = numpy.empty(shape[0] * shape[1], numpy.float32)
        for index in range(values.size):
            x = (index + k0) & 0xFFFFFFFF
            x = (x ^ (x >> 16)) * 0x7FEB352D & 0xFFFFFFFF
            x = ((x ^ (x >> 15)) + k1) * 0x846CA68B & 0xFFFFFFFF
            x ^= x >> 16
            signed = x - 2**32 if x >= 2**31 else x
            values[index] = 0 if signed < math.floor(probability * 2**32) - 2**31 else 1 / (1 - probability)
        return values.reshape(shape)

    return lambda x, layer, site: x * torch.from_numpy(
        numpy.stack([mask(sequence, layer, site) for sequence in range(batch)])
    )


def learning_rate(schedule, step):
    if schedule == "cosine":
        return LR * (1 + math.cos(math.pi * step / STEPS)) / 2
    return LR / 3 if step < 5 else LR


def flat(tensors):
    return torch.cat([tensor.detach().flatten() for tensor in tensors]).numpy()


def make(name, options, generator):
    config = {**BASE, **{key: value for key, value in options.items() if key in BASE}}
    smoothing = 0.1 if options.get("label_smoothing") else 0.0
    schedule = options.get("schedule", "constant")
    model = Model(config)
    with torch.no_grad():
        for parameter in model.parameters():
            # Norms and biases away from 1 and 0, so that no gradient hides behind them.
            parameter.copy_(0.4 * torch.randn(parameter.shape, generator=generator))
            if parameter.dim() == 1:
                parameter += 0.5
    tensors = {"start": flat(model.state_dict().values())}
    batches = torch.randint(config["vocab_size"], (STEPS, BATCH, config["max_seq_len"]), generator=generator)
    optimizer = torch.optim.AdamW(model.parameters(), lr=LR, betas=BETAS, eps=EPSILON, weight_decay=WEIGHT_DECAY)
    rates, losses = [], []
    tensors["logits"] = model(batches[0]).detach().numpy().ravel()
    for step, batch in enumerate(batches):
        drop = dropout_masks(7, step, BATCH, (config["max_seq_len"], config["d_model"]), config["dropout"])
        rates.append(learning_rate(schedule, step))
        for group in optimizer.param_groups:
            group["lr"] = rates[-1]
        optimizer.zero_grad(set_to_none=True)
        loss = next_token_loss(model(batch, drop) if config["dropout"] else model(batch), batch, smoothing)
        loss.backward()
        if step == 0:
            tensors["gradients"] = flat(
                torch.zeros_like(p) if p.grad is None else p.grad for p in model.parameters()
            )
            untrained = [key for key, p in model.named_parameters() if p.grad is None]
        optimizer.step()
        losses.append(loss.item())
    tensors["after"] = flat(model.state_dict().values())

    parts, offset = {}, 0
    for key, value in tensors.items():
        parts[key] = {"offset": offset, "length": int(value.size)}
        offset += value.size
    index = {
        "config": config, "label_smoothing": smoothing, "weight_decay": WEIGHT_DECAY, "dropout_seed": 7,
        "learning_rates": rates, "losses": losses, "untrained": untrained, "tensors": parts,
        "parameters": [[key, list(value.shape)] for key, value in model.state_dict().items()],
        "batches": batches.tolist(),
    }  # fmt: skip
    (OUT / f"{name}.json").write_text(json.dumps(index) + "\n")
    (OUT / f"{name}.f32").write_bytes(numpy.concatenate(list(tensors.values())).astype("<f4").tobytes())


OUT.mkdir(parents=True, exist_ok=True)
torch.set_num_threads(1)
source = torch.Generator().manual_seed(2026)
for case, case_options in CASES.items():
    make(case, case_options, source)
