"""Writes test/golden/models: small models of every family with random weights, in the files of Hugging Face, and what
float64 PyTorch and numpy make of them by the definitions.

    python3 tools/make_family_golden.py

Independent of the package: family_models.py reads the written files back and runs them.
"""

import json
import math
import pathlib

import torch

from family_golden_values import golden_values
from family_models import write_safetensors

ROOT = pathlib.Path(__file__).parent.parent / "test/golden/models"
V, D, LAYERS, HEADS, SEGMENT = 40, 32, 2, 4, 10

llama_like = {
    "vocab_size": V,
    "hidden_size": D,
    "num_hidden_layers": LAYERS,
    "num_attention_heads": HEADS,
    "intermediate_size": 40,
    "max_position_embeddings": 64,
    "hidden_act": "silu",
    "tie_word_embeddings": False,
}
falcon_like = {
    "model_type": "falcon",
    "vocab_size": V,
    "hidden_size": D,
    "num_hidden_layers": LAYERS,
    "num_attention_heads": HEADS,
    "ffn_hidden_size": 48,
    "parallel_attn": True,
    "bias": False,
    "alibi": False,
    "activation": "gelu",
    "max_position_embeddings": 64,
}
gemma_like = {
    **{key: value for key, value in llama_like.items() if key not in ("tie_word_embeddings", "hidden_act")},
    "head_dim": 12,
    "hidden_act": "gelu",
    "hidden_activation": "gelu_pytorch_tanh",
    "rms_norm_eps": 1e-6,
}

# folder: config, number type, prefix of names, form of the file.
CASES = {
    "gpt2": (
        {"model_type": "gpt2", "vocab_size": V, "n_embd": D, "n_layer": LAYERS, "n_head": HEADS, "n_positions": 64,
         "n_inner": None, "activation_function": "gelu_new", "layer_norm_epsilon": 1e-5},
        torch.float32, "", "safetensors"),
    "gpt_neox": (
        {"model_type": "gpt_neox", "vocab_size": V, "hidden_size": D, "num_hidden_layers": LAYERS,
         "num_attention_heads": HEADS, "intermediate_size": 48, "rotary_pct": 0.25, "rotary_emb_base": 10000,
         "use_parallel_residual": True, "hidden_act": "gelu", "layer_norm_eps": 1e-5, "max_position_embeddings": 64,
         "tie_word_embeddings": False},
        torch.float16, "gpt_neox.", "safetensors"),
    "gpt_neox_sequential": (
        {"model_type": "gpt_neox", "vocab_size": V, "hidden_size": D, "num_hidden_layers": LAYERS,
         "num_attention_heads": HEADS, "intermediate_size": 48, "rotary_pct": 1.0, "rotary_emb_base": 5000,
         "use_parallel_residual": False, "hidden_act": "gelu", "layer_norm_eps": 1e-5, "max_position_embeddings": 64,
         "tie_word_embeddings": False, "rope_scaling": {"type": "linear", "factor": 2.0}},
        torch.float16, "gpt_neox.", "bin"),
    "llama": (
        {"model_type": "llama", **llama_like, "num_key_value_heads": 2, "rms_norm_eps": 1e-5, "rope_theta": 500000.0,
         "rope_scaling": {"rope_type": "llama3", "factor": 8.0, "low_freq_factor": 1.0, "high_freq_factor": 4.0,
                          "original_max_position_embeddings": 64}},
        torch.bfloat16, "model.", "shards"),
    "mistral": (
        {"model_type": "mistral", **llama_like, "num_key_value_heads": 2, "head_dim": 12, "rms_norm_eps": 1e-5,
         "rope_theta": 10000.0, "sliding_window": 12},
        torch.bfloat16, "model.", "safetensors"),
    "qwen2": (
        {"model_type": "qwen2", **llama_like, "num_key_value_heads": 2, "rms_norm_eps": 1e-6, "rope_theta": 1000000.0,
         "tie_word_embeddings": True, "use_sliding_window": False, "sliding_window": 12},
        torch.bfloat16, "model.", "safetensors"),
    "qwen3": (
        {"model_type": "qwen3", **llama_like, "num_key_value_heads": 2, "head_dim": 12, "rms_norm_eps": 1e-6,
         "rope_theta": 1000000.0, "tie_word_embeddings": True},
        torch.bfloat16, "model.", "safetensors"),
    "olmo": (
        {"model_type": "olmo", **llama_like, "num_key_value_heads": 4, "rope_theta": 10000.0, "clip_qkv": 1.5},
        torch.bfloat16, "model.", "shards_bin"),
    "gemma": (
        {"model_type": "gemma", **gemma_like, "num_key_value_heads": 1},
        torch.bfloat16, "model.", "safetensors"),
    "gemma2": (
        {"model_type": "gemma2", **gemma_like, "num_key_value_heads": 2, "attn_logit_softcapping": 5.0,
         "final_logit_softcapping": 8.0, "query_pre_attn_scalar": 20, "sliding_window": 12},
        torch.bfloat16, "model.", "safetensors"),
    "falcon": (
        {**falcon_like, "num_kv_heads": HEADS, "multi_query": True, "new_decoder_architecture": False},
        torch.bfloat16, "transformer.", "safetensors"),
    "falcon_new": (
        {**falcon_like, "num_kv_heads": 2, "multi_query": False, "new_decoder_architecture": True},
        torch.bfloat16, "transformer.", "safetensors"),
}


def shapes_of(config):
    """Names (without prefix) and shapes of a family's tensors, in the order of its files."""
    kind = config["model_type"]
    h = config.get("head_dim", D // HEADS)
    k = config.get("num_key_value_heads", HEADS)
    both = lambda name, out: [(f"{name}.weight", (out,)), (f"{name}.bias", (out,))]
    linear = lambda name, out, into, bias: [(f"{name}.weight", (out, into))] + [(f"{name}.bias", (out,))] * bias
    conv1d = lambda name, out, into: [(f"{name}.weight", (into, out)), (f"{name}.bias", (out,))]
    out = []
    if kind == "gpt2":
        out += [("wte.weight", (V, D)), ("wpe.weight", (64, D))]
        for layer in range(LAYERS):
            block = f"h.{layer}"
            out += both(f"{block}.ln_1", D) + [(f"{block}.attn.bias", (1, 1, 64, 64))]
            out += conv1d(f"{block}.attn.c_attn", 3 * D, D) + conv1d(f"{block}.attn.c_proj", D, D)
            out += both(f"{block}.ln_2", D)
            out += conv1d(f"{block}.mlp.c_fc", 4 * D, D) + conv1d(f"{block}.mlp.c_proj", D, 4 * D)
        return out + both("ln_f", D)
    if kind == "gpt_neox":
        out += [("embed_in.weight", (V, D))]
        for layer in range(LAYERS):
            block = f"layers.{layer}"
            out += both(f"{block}.input_layernorm", D) + both(f"{block}.post_attention_layernorm", D)
            out += [(f"{block}.attention.bias", (1, 1, 8, 8)), (f"{block}.attention.masked_bias", ())]
            out += [(f"{block}.attention.rotary_emb.inv_freq", (int(h * config["rotary_pct"]) // 2,))]
            out += linear(f"{block}.attention.query_key_value", 3 * D, D, 1) + linear(f"{block}.attention.dense", D, D, 1)
            out += linear(f"{block}.mlp.dense_h_to_4h", 48, D, 1) + linear(f"{block}.mlp.dense_4h_to_h", D, 48, 1)
        return out + both("final_layer_norm", D) + [("embed_out.weight", (V, D))]
    if kind == "falcon":
        groups = config["num_kv_heads"] if config["new_decoder_architecture"] else 1
        out += [("word_embeddings.weight", (V, D))]
        for layer in range(LAYERS):
            block = f"h.{layer}"
            for name in ("ln_attn", "ln_mlp") if config["new_decoder_architecture"] else ("input_layernorm",):
                out += both(f"{block}.{name}", D)
            out += linear(f"{block}.self_attention.query_key_value", (HEADS + 2 * groups) * h, D, 0)
            out += linear(f"{block}.self_attention.dense", D, D, 0)
            out += linear(f"{block}.mlp.dense_h_to_4h", 48, D, 0) + linear(f"{block}.mlp.dense_4h_to_h", D, 48, 0)
        return out + both("ln_f", D)
    norms = ["input_layernorm", "post_attention_layernorm"]
    if kind == "gemma2":
        norms += ["pre_feedforward_layernorm", "post_feedforward_layernorm"]
    out += [("embed_tokens.weight", (V, D))]
    for layer in range(LAYERS):
        block = f"layers.{layer}"
        for name, heads in (("q", HEADS), ("k", k), ("v", k)):
            out += linear(f"{block}.self_attn.{name}_proj", heads * h, D, kind == "qwen2")
        out += linear(f"{block}.self_attn.o_proj", D, HEADS * h, 0)
        if kind == "qwen3":
            out += [(f"{block}.self_attn.{name}_norm.weight", (h,)) for name in "qk"]
        width = config["intermediate_size"]
        out += linear(f"{block}.mlp.gate_proj", width, D, 0) + linear(f"{block}.mlp.up_proj", width, D, 0)
        out += linear(f"{block}.mlp.down_proj", D, width, 0)
        if kind != "olmo":
            out += [(f"{block}.{name}.weight", (D,)) for name in norms]
    if kind != "olmo":
        out += [("norm.weight", (D,))]
    tied = config.get("tie_word_embeddings", True)
    return out + ([] if tied else [("lm_head.weight", (V, D))])


def random_tensors(config, number_type, prefix, generator):
    draw = lambda shape, deviation: torch.randn(shape, generator=generator, dtype=torch.float64) * deviation
    tensors = {}
    for name, shape in shapes_of(config):
        if name.endswith(".attn.bias"):
            # The causal mask that old files of GPT-2 hold, cut to a corner to keep the file small.
            tensors[prefix + name] = torch.ones(8, 8).tril().reshape(1, 1, 8, 8)
            continue
        if name.endswith(".attention.bias"):
            tensors[prefix + name] = torch.ones(8, 8, dtype=torch.bool).tril().reshape(1, 1, 8, 8)
            continue
        if name.endswith("masked_bias"):
            tensors[prefix + name] = torch.tensor(-1e4, dtype=torch.float16)
            continue
        if name.endswith("inv_freq"):
            tensors[prefix + name] = torch.ones(shape)
            continue
        is_norm = "ln_" in name or "norm" in name
        if is_norm:
            centre = 0.0 if config["model_type"].startswith("gemma") or name.endswith(".bias") else 1.0
            values = centre + draw(shape, 0.3)
        elif name.endswith(".bias"):
            values = draw(shape, 0.2)
        elif "embed" in name or name.startswith("w") or name.startswith("lm_head"):
            values = draw(shape, 1 / math.sqrt(D))
        else:
            values = draw(shape, 1.5 / math.sqrt(D))
        outside = name.startswith("lm_head") or name.startswith("embed_out")
        tensors[name if outside else prefix + name] = values.to(number_type)
    return tensors


def write_model(folder, tensors, form):
    names = list(tensors)
    if form == "safetensors":
        write_safetensors(folder / "model.safetensors", tensors)
    elif form == "bin":
        torch.save(tensors, folder / "pytorch_model.bin")
    else:
        stem, end = ("model", "safetensors") if form == "shards" else ("pytorch_model", "bin")
        half = len(names) // 2
        weight_map = {}
        for at, part in enumerate((names[:half], names[half:]), 1):
            file = f"{stem}-{at:05}-of-00002.{end}"
            shard = {name: tensors[name] for name in part}
            if end == "bin":
                torch.save(shard, folder / file)
            else:
                write_safetensors(folder / file, shard)
            weight_map.update({name: file for name in part})
        size = sum(tensor.numel() * tensor.element_size() for tensor in tensors.values())
        index = {"metadata": {"total_size": size}, "weight_map": weight_map}
        (folder / f"{stem}.{end}.index.json").write_text(json.dumps(index, indent=1) + "\n")


def rounded(value):
    """Twelve digits tell more than any tolerance asks for, and keep the files small."""
    if isinstance(value, dict):
        return {key: rounded(each) for key, each in value.items()}
    if isinstance(value, list):
        return [rounded(each) for each in value]
    return float(f"{value:.12g}") if isinstance(value, float) else value


def main():
    for seed, (name, (config, number_type, prefix, form)) in enumerate(CASES.items()):
        generator = torch.Generator().manual_seed(seed)
        folder = ROOT / name
        folder.mkdir(parents=True, exist_ok=True)
        for old in folder.iterdir():
            old.unlink()
        kind = {torch.float32: "float32", torch.float16: "float16", torch.bfloat16: "bfloat16"}[number_type]
        (folder / "config.json").write_text(json.dumps({**config, "torch_dtype": kind}, indent=1) + "\n")
        write_model(folder, random_tensors(config, number_type, prefix, generator), form)
        part = lambda count: torch.randint(0, V, (count, SEGMENT), generator=generator)
        tokens, three = part(6).repeat(1, 2), part(4).repeat(1, 3)
        values = golden_values(folder, tokens, three, SEGMENT, folder / "golden_attention.safetensors")
        (folder / "golden.json").write_text(json.dumps(rounded(values), separators=(",", ":")) + "\n")


if __name__ == "__main__":
    main()
