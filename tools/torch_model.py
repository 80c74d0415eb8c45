"""The model of the published experiment in PyTorch, written from its definition; the oracle of the model engine."""

import math

import torch
from torch import nn
from torch.nn import functional


class Attention(nn.Module):
    def __init__(self, config):
        super().__init__()
        d, self.heads = config["d_model"], config["num_heads"]
        self.width = d // self.heads
        self.linear, self.pos, self.theta = config["linear_attn"], config["pos"], config["rotary_theta"]
        length = config["max_seq_len"]
        if self.pos == "relative":
            self.att_bias = nn.Parameter(torch.zeros(self.heads, length, length))
        self.W_q, self.W_k, self.W_v, self.W_o = (nn.Linear(d, d) for _ in range(4))
        if self.pos == "rotary":
            pairs = torch.arange(0, self.width, 2, dtype=torch.float64)
            angles = torch.outer(torch.arange(length, dtype=torch.float64), self.theta ** (-pairs / self.width))
            self.cos, self.sin = angles.cos().float(), angles.sin().float()
        self.mask = torch.tril(torch.ones(length, length, dtype=torch.bool))

    def rotate(self, x):
        a, b = x[..., 0::2], x[..., 1::2]
        return torch.stack((a * self.cos - b * self.sin, a * self.sin + b * self.cos), -1).flatten(-2)

    def forward(self, x):
        batch, length, d = x.shape
        q, k, v = (
            w(x).view(batch, length, self.heads, self.width).transpose(1, 2) for w in (self.W_q, self.W_k, self.W_v)
        )
        if self.pos == "rotary":
            q, k = self.rotate(q), self.rotate(k)
        scores = q @ k.transpose(-1, -2) / math.sqrt(self.width)
        if self.pos == "relative":
            scores = scores + self.att_bias
        if self.linear:
            weights = scores.masked_fill(~self.mask, 0.0)
        else:
            weights = scores.masked_fill(~self.mask, -1e9).softmax(-1)
        return self.W_o((weights @ v).transpose(1, 2).reshape(batch, length, d))


class FeedForward(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.fc1 = nn.Linear(config["d_model"], config["ff_dim"])
        self.fc2 = nn.Linear(config["ff_dim"], config["d_model"])

    def forward(self, x):
        return self.fc2(functional.relu(self.fc1(x)))


class Block(nn.Module):
    """`drop(x, layer, site)` applies dropout; it is given from outside, so that masks can be prescribed."""

    def __init__(self, config, layer):
        super().__init__()
        self.layer, self.norm, self.residual = layer, config["norm"], config["residual"]
        self.mha = Attention(config)
        self.ln_1, self.ln_2 = nn.LayerNorm(config["d_model"]), nn.LayerNorm(config["d_model"])
        self.feed_forward = FeedForward(config) if config["mlp"] else None

    def forward(self, x, drop):
        if not self.residual:
            return x
        x = x + drop(self.mha(self.ln_1(x) if self.norm else x), self.layer, 0)
        if self.feed_forward is not None:
            x = x + drop(self.feed_forward(self.ln_2(x) if self.norm else x), self.layer, 1)
        return x


class Embedding(nn.Module):
    def __init__(self, size, width):
        super().__init__()
        self.embed = nn.Embedding(size, width)


class Positions(nn.Module):
    def __init__(self, length, width):
        super().__init__()
        self.pe = nn.Embedding(length, width)


class Model(nn.Module):
    def __init__(self, config):
        super().__init__()
        self.output_norm = config["output_norm"]
        self.embed = Embedding(config["vocab_size"], config["d_model"])
        if config["pos"] is None:
            self.pos_embed = Positions(config["max_seq_len"], config["d_model"])
        self.learned = config["pos"] is None
        self.h = nn.ModuleList(Block(config, layer) for layer in range(config["num_layers"]))
        self.ln_f = nn.LayerNorm(config["d_model"])
        self.fc = nn.Linear(config["d_model"], config["vocab_size"])

    def forward(self, tokens, drop=lambda x, layer, site: x):
        x = self.embed.embed(tokens)
        if self.learned:
            x = x + self.pos_embed.pe.weight
        for block in self.h:
            x = block(x, drop)
        return self.fc(self.ln_f(x) if self.output_norm else x)


def next_token_loss(logits, tokens, smoothing=0.0):
    return functional.cross_entropy(
        logits[:, :-1].flatten(0, 1), tokens[:, 1:].flatten(), label_smoothing=smoothing
    )
