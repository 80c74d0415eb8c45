"""Hugging Face models of every family, read and run in float64 from their definitions, independently of the package.

Each family is read in its own file layout and keeps its own conventions (rotated dimensions in halves, keys shared by
groups). `layers_of` gives plain arrays; everything else works on those.
"""

import json
import math
import pathlib

import numpy
import torch
from torch.nn.functional import gelu, silu

NUMBER_TYPES = {"F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16, "BOOL": torch.bool}


def read_safetensors(path):
    data = path.read_bytes()
    length = int.from_bytes(data[:8], "little")
    out = {}
    for name, info in json.loads(data[8 : 8 + length]).items():
        if name == "__metadata__":
            continue
        start, end = info["data_offsets"]
        part = bytearray(data[8 + length + start : 8 + length + end])
        out[name] = torch.frombuffer(part, dtype=NUMBER_TYPES[info["dtype"]]).reshape(info["shape"])
    return out


def write_safetensors(path, tensors):
    header, at, parts = {}, 0, []
    names = {kind: name for name, kind in NUMBER_TYPES.items()}
    for name, tensor in tensors.items():
        tensor = tensor.contiguous()
        whole = tensor.view(torch.int16) if tensor.dtype == torch.bfloat16 else tensor
        part = whole.numpy().tobytes()
        header[name] = {"dtype": names[tensor.dtype], "shape": list(tensor.shape), "data_offsets": [at, at + len(part)]}
        at += len(part)
        parts.append(part)
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(len(text).to_bytes(8, "little") + text + b"".join(parts))


def read_model(folder):
    """config, and tensors in float64 without the prefix of the family."""
    folder = pathlib.Path(folder)
    config = json.loads((folder / "config.json").read_text())
    tensors = {}
    for path in sorted(folder.glob("model*.safetensors")):
        tensors.update(read_safetensors(path))
    for path in sorted(folder.glob("pytorch_model*.bin")):
        tensors.update(torch.load(path, map_location="cpu"))
    short = {}
    for name, tensor in tensors.items():
        for prefix in ("transformer.", "model.", "gpt_neox."):
            name = name[len(prefix) :] if name.startswith(prefix) else name
        if tensor.is_floating_point():
            short[name] = tensor.double()
    return config, short


class Plain:
    """Sizes and rules of a model in one spelling."""

    def __init__(self, config, tensors):
        kind = self.kind = config["model_type"]
        get = config.get
        self.tensors = tensors
        self.d = get("hidden_size") or get("n_embd")
        self.layers = get("num_hidden_layers") or get("n_layer")
        self.heads = get("num_attention_heads") or get("n_head")
        self.h = get("head_dim") or self.d // self.heads
        self.key_heads = get("num_key_value_heads") or self.heads
        if kind == "falcon":
            self.key_heads = get("num_kv_heads") if get("new_decoder_architecture") else 1
        self.eps = get("rms_norm_eps") or get("layer_norm_epsilon") or get("layer_norm_eps") or 1e-5
        self.rms = kind in ("llama", "mistral", "qwen2", "qwen3", "gemma", "gemma2")
        self.parallel = kind == "falcon" or (kind == "gpt_neox" and config["use_parallel_residual"])
        self.scale = 1 / math.sqrt(get("query_pre_attn_scalar") or self.h)
        self.softcap = get("attn_logit_softcapping")
        self.logit_softcap = get("final_logit_softcapping")
        self.clip = get("clip_qkv")
        window = get("sliding_window")
        self.window = [None] * self.layers
        if kind == "mistral":
            self.window = [window] * self.layers
        if kind == "gemma2":
            self.window = [window if layer % 2 == 0 else None for layer in range(self.layers)]
        self.act = {
            "gpt2": lambda x: gelu_tanh(x),
            "gemma": lambda x: gelu_tanh(x),
            "gemma2": lambda x: gelu_tanh(x),
            "gpt_neox": gelu,
            "falcon": gelu,
        }.get(kind, silu)
        self.frequencies = None if kind == "gpt2" else frequencies(config, self.h)
        embedding = {"gpt2": "wte", "gpt_neox": "embed_in", "falcon": "word_embeddings"}.get(kind, "embed_tokens")
        self.embedding = tensors[f"{embedding}.weight"]
        tied = get("tie_word_embeddings", kind in ("gpt2", "gemma", "gemma2", "falcon"))
        head = "embed_out" if kind == "gpt_neox" else "lm_head"
        self.unembedding = self.embedding if tied else tensors[f"{head}.weight"]
        self.embedding_scale = math.sqrt(self.d) if kind in ("gemma", "gemma2") else 1.0

    def gain(self, name):
        """(gain, shift) of a norm; ones and nothing where it has none."""
        weight = self.tensors.get(f"{name}.weight")
        if weight is None:
            return torch.ones(self.d, dtype=torch.float64), None
        if self.kind in ("gemma", "gemma2"):
            weight = 1 + weight
        return weight, self.tensors.get(f"{name}.bias")

    def norm(self, x, name):
        gain, shift = self.gain(name)
        if not self.rms:
            x = x - x.mean(-1, keepdim=True)
        x = x / torch.sqrt((x * x).mean(-1, keepdim=True) + self.eps) * gain
        return x if shift is None else x + shift

    def block(self, layer):
        return ("h" if self.kind in ("gpt2", "falcon") else "layers") + f".{layer}"

    def norm_names(self, layer):
        """Of attention, and of the feed-forward layer."""
        block = self.block(layer)
        if self.kind == "gpt2":
            return f"{block}.ln_1", f"{block}.ln_2"
        if f"{block}.ln_attn.weight" in self.tensors:
            return f"{block}.ln_attn", f"{block}.ln_mlp"
        if self.kind == "falcon":
            return f"{block}.input_layernorm", f"{block}.input_layernorm"
        second = "pre_feedforward_layernorm" if self.kind == "gemma2" else "post_attention_layernorm"
        return f"{block}.input_layernorm", f"{block}.{second}"

    def attention(self, layer):
        """wq n×h×d, wk and wv k×h×d, wo d×n×h, and the biases bq, bk, bv, bo (zeros where there are none)."""
        t, block, n, k, h, d = self.tensors, self.block(layer), self.heads, self.key_heads, self.h, self.d
        if self.kind == "gpt2":
            # Conv1D: x @ weight, the weight [in, out].
            wq, wk, wv = t[f"{block}.attn.c_attn.weight"].T.reshape(3, n, h, d)
            bq, bk, bv = t[f"{block}.attn.c_attn.bias"].reshape(3, n, h)
            wo, bo = t[f"{block}.attn.c_proj.weight"].T, t[f"{block}.attn.c_proj.bias"]
        elif self.kind == "gpt_neox":
            w = t[f"{block}.attention.query_key_value.weight"].reshape(n, 3, h, d)
            b = t[f"{block}.attention.query_key_value.bias"].reshape(n, 3, h)
            (wq, wk, wv), (bq, bk, bv) = w.unbind(1), b.unbind(1)
            wo, bo = t[f"{block}.attention.dense.weight"], t[f"{block}.attention.dense.bias"]
        elif self.kind == "falcon":
            w = t[f"{block}.self_attention.query_key_value.weight"].reshape(k, n // k + 2, h, d)
            wq, wk, wv = w[:, :-2].reshape(n, h, d), w[:, -2], w[:, -1]
            bq = bk = bv = bo = None
            wo = t[f"{block}.self_attention.dense.weight"]
        else:
            part = lambda name: t[f"{block}.self_attn.{name}_proj.weight"]
            bias = lambda name: t.get(f"{block}.self_attn.{name}_proj.bias")
            wq, wk, wv = part("q").reshape(n, h, d), part("k").reshape(k, h, d), part("v").reshape(k, h, d)
            bq, bk, bv, bo, wo = bias("q"), bias("k"), bias("v"), bias("o"), part("o")
        zeros = lambda b, *shape: torch.zeros(*shape, dtype=torch.float64) if b is None else b.reshape(*shape)
        return {
            "wq": wq.clone(), "wk": wk.clone(), "wv": wv.clone(), "wo": wo.reshape(d, n, h).clone(),
            "bq": zeros(bq, n, h).clone(), "bk": zeros(bk, k, h).clone(), "bv": zeros(bv, k, h).clone(), "bo": zeros(bo, d),
        }

    def head_norms(self, layer):
        if self.kind != "qwen3":
            return None, None
        return tuple(self.tensors[f"{self.block(layer)}.self_attn.{name}_norm.weight"] for name in "qk")

    def mlp(self, x, layer):
        t, block = self.tensors, self.block(layer)
        if self.kind == "gpt2":
            up = x @ t[f"{block}.mlp.c_fc.weight"] + t[f"{block}.mlp.c_fc.bias"]
            return self.act(up) @ t[f"{block}.mlp.c_proj.weight"] + t[f"{block}.mlp.c_proj.bias"]
        if self.kind in ("gpt_neox", "falcon"):
            up = x @ t[f"{block}.mlp.dense_h_to_4h.weight"].T + t.get(f"{block}.mlp.dense_h_to_4h.bias", 0)
            return self.act(up) @ t[f"{block}.mlp.dense_4h_to_h.weight"].T + t.get(f"{block}.mlp.dense_4h_to_h.bias", 0)
        part = lambda name: t[f"{block}.mlp.{name}_proj.weight"].T
        return (self.act(x @ part("gate")) * (x @ part("up"))) @ part("down")


def gelu_tanh(x):
    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def frequencies(config, h):
    """Of the rotated dimensions i and i + m/2, m/2 long."""
    base = config.get("rope_theta") or config.get("rotary_emb_base") or 10000.0
    m = int(h * config.get("rotary_pct", 1.0))
    plain = [base ** (-2 * i / m) for i in range(m // 2)]
    scaling = config.get("rope_scaling")
    if not scaling:
        return torch.tensor(plain, dtype=torch.float64)
    factor = scaling["factor"]
    if scaling.get("rope_type", scaling.get("type")) == "linear":
        return torch.tensor([f / factor for f in plain], dtype=torch.float64)
    low, high = scaling["low_freq_factor"], scaling["high_freq_factor"]
    length = scaling["original_max_position_embeddings"]
    out = []
    for f in plain:
        wavelength = 2 * math.pi / f
        if wavelength < length / high:
            out.append(f)
        elif wavelength > length / low:
            out.append(f / factor)
        else:
            s = (length / wavelength - low) / (high - low)
            out.append(s * f + (1 - s) * f / factor)
    return torch.tensor(out, dtype=torch.float64)


def rotate(x, freq):
    """x …×T×h, position by row; dimension i turns with i + m/2."""
    if freq is None:
        return x
    half = len(freq)
    angle = torch.arange(x.shape[-2], dtype=torch.float64)[:, None] * freq
    a, b, rest = x[..., :half], x[..., half : 2 * half], x[..., 2 * half :]
    return torch.cat([a * angle.cos() - b * angle.sin(), b * angle.cos() + a * angle.sin(), rest], -1)


def rotation(model, t):
    """R(t), h×h: qᵀ R(t) k is the score of a query at position 0 with a key at position t."""
    matrix = numpy.eye(model.h)
    if model.frequencies is None:
        return matrix
    half = len(model.frequencies)
    for i, f in enumerate(model.frequencies.tolist()):
        c, s = math.cos(t * f), math.sin(t * f)
        matrix[i, i], matrix[i, i + half], matrix[i + half, i], matrix[i + half, i + half] = c, -s, s, c
    return matrix


def forward(model, tokens, parts=None):
    """Logits N×T×V and attention [layer] N×n×T×T. parts: attention(layer) of edited weights."""
    parts = parts or [model.attention(layer) for layer in range(model.layers)]
    length = tokens.shape[1]
    x = model.embedding[tokens] * model.embedding_scale
    if model.kind == "gpt2":
        x = x + model.tensors["wpe.weight"][:length]
    distance = torch.arange(length)[:, None] - torch.arange(length)[None, :]
    maps = []
    for layer, p in enumerate(parts):
        attention_norm, mlp_norm = model.norm_names(layer)
        normed = model.norm(x, attention_norm)
        heads = lambda w, b: torch.einsum("btd,nhd->bnth", normed, w) + b[:, None, :]
        q, k, v = heads(p["wq"], p["bq"]), heads(p["wk"], p["bk"]), heads(p["wv"], p["bv"])
        if model.clip is not None:
            q, k, v = (y.clamp(-model.clip, model.clip) for y in (q, k, v))
        for_q, for_k = model.head_norms(layer)
        if for_q is not None:
            rms = lambda y: y / torch.sqrt((y * y).mean(-1, keepdim=True) + model.eps)
            q, k = rms(q) * for_q, rms(k) * for_k
        group = torch.arange(model.heads) * model.key_heads // model.heads
        q, k, v = rotate(q, model.frequencies), rotate(k, model.frequencies)[:, group], v[:, group]
        scores = q @ k.transpose(-1, -2) * model.scale
        if model.softcap is not None:
            scores = model.softcap * torch.tanh(scores / model.softcap)
        seen = distance >= 0
        if model.window[layer] is not None:
            seen = seen & (distance < model.window[layer])
        a = scores.masked_fill(~seen, -math.inf).softmax(-1)
        maps.append(a)
        out = torch.einsum("bnth,dnh->btd", a @ v, p["wo"]) + p["bo"]
        if model.kind == "gemma2":
            out = model.norm(out, f"{model.block(layer)}.post_attention_layernorm")
        if model.parallel:
            x = x + out + model.mlp(model.norm(x, mlp_norm), layer)
            continue
        x = x + out
        out = model.mlp(model.norm(x, mlp_norm), layer)
        if model.kind == "gemma2":
            out = model.norm(out, f"{model.block(layer)}.post_feedforward_layernorm")
        x = x + out
    final = {"gpt2": "ln_f", "falcon": "ln_f", "gpt_neox": "final_layer_norm"}.get(model.kind, "norm")
    logits = model.norm(x, final) @ model.unembedding.T
    if model.logit_softcap is not None:
        logits = model.logit_softcap * torch.tanh(logits / model.logit_softcap)
    return logits, maps
