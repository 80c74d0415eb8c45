"""Random weights in the shapes of published models, for benchmarks: GPT-2, GPT-2 XL, layers of Llama 2 7B.

    python3 make_model_shapes.py FOLDER gpt2|gpt2-xl|llama-2-7b [LAYERS]

Matrices that only the forward pass reads are zeros that take no disk, unless `--mlp` is given.
"""

import json
import os
import struct
import sys

import numpy

SIZES = {"F32": 4, "BF16": 2}


def write(path, tensors, dtype):
    """tensors: name -> (shape, standard deviation; None for zeros that take no disk)."""
    header, end = {}, 0
    for name, (shape, _) in tensors.items():
        size = int(numpy.prod(shape)) * SIZES[dtype]
        header[name] = {"dtype": dtype, "shape": list(shape), "data_offsets": [end, end + size]}
        end += size
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    random = numpy.random.default_rng(7)
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text)
        start = file.tell()
        file.truncate(start + end)
        for name, (shape, deviation) in tensors.items():
            if deviation is None:
                continue
            file.seek(start + header[name]["data_offsets"][0])
            rows = max(1, (1 << 22) // max(1, int(numpy.prod(shape[1:]))))
            for row in range(0, shape[0], rows):
                part = (min(rows, shape[0] - row), *shape[1:])
                values = random.standard_normal(part, dtype=numpy.float32) * numpy.float32(deviation)
                if dtype == "BF16":
                    values = (values.view(numpy.uint32) >> 16).astype(numpy.uint16)
                file.write(values.tobytes())


def gpt2(folder, layers, heads, width, vocabulary=50257, positions=1024):
    config = {
        "model_type": "gpt2",
        "n_layer": layers,
        "n_head": heads,
        "n_embd": width,
        "n_positions": positions,
        "vocab_size": vocabulary,
        "layer_norm_epsilon": 1e-5,
        "activation_function": "gelu_new",
    }
    mlp = 0.02 if "--mlp" in sys.argv else None
    tensors = {"wte.weight": ((vocabulary, width), 0.02), "wpe.weight": ((positions, width), 0.01)}
    for layer in range(layers):
        at = f"h.{layer}."
        for norm in ("ln_1", "ln_2"):
            tensors |= {f"{at}{norm}.weight": ((width,), 1.0), f"{at}{norm}.bias": ((width,), None)}
        for name, shape, deviation in (
            ("attn.c_attn", (width, 3 * width), 0.02),
            ("attn.c_proj", (width, width), 0.02),
            ("mlp.c_fc", (width, 4 * width), mlp),
            ("mlp.c_proj", (4 * width, width), mlp),
        ):
            tensors |= {f"{at}{name}.weight": (shape, deviation), f"{at}{name}.bias": (shape[1:], None)}
    tensors |= {"ln_f.weight": ((width,), 1.0), "ln_f.bias": ((width,), None)}
    write(f"{folder}/model.safetensors", tensors, "F32")
    return config


def llama(folder, layers, heads=32, width=4096, inner=11008, vocabulary=32000):
    config = {
        "model_type": "llama",
        "num_hidden_layers": layers,
        "num_attention_heads": heads,
        "num_key_value_heads": heads,
        "hidden_size": width,
        "intermediate_size": inner,
        "vocab_size": vocabulary,
        "max_position_embeddings": 4096,
        "rms_norm_eps": 1e-5,
        "hidden_act": "silu",
        "rope_theta": 10000.0,
        "tie_word_embeddings": False,
    }
    mlp = 0.02 if "--mlp" in sys.argv else None
    shards = []
    for layer in range(layers):
        at = f"model.layers.{layer}."
        norms = ("input_layernorm", "post_attention_layernorm")
        shards.append(
            {f"{at}self_attn.{name}_proj.weight": ((width, width), 0.02) for name in "qkvo"}
            | {f"{at}mlp.{name}_proj.weight": ((inner, width), mlp) for name in ("gate", "up")}
            | {f"{at}mlp.down_proj.weight": ((width, inner), mlp)}
            | {f"{at}{norm}.weight": ((width,), 1.0) for norm in norms}
        )
    table = ((vocabulary, width), 0.02)
    shards.append(
        {"model.embed_tokens.weight": table, "model.norm.weight": ((width,), 1.0), "lm_head.weight": table}
    )
    weight_map = {}
    for number, tensors in enumerate(shards, 1):
        name = f"model-{number:05}-of-{len(shards):05}.safetensors"
        write(f"{folder}/{name}", tensors, "BF16")
        weight_map |= dict.fromkeys(tensors, name)
    with open(f"{folder}/model.safetensors.index.json", "w") as file:
        json.dump({"metadata": {}, "weight_map": weight_map}, file)
    return config


def main():
    folder, shape, *more = [word for word in sys.argv[1:] if word != "--mlp"]
    layers = int(more[0]) if more else None
    os.makedirs(folder, exist_ok=True)
    config = {
        "gpt2": lambda: gpt2(folder, layers or 12, 12, 768),
        "gpt2-xl": lambda: gpt2(folder, layers or 48, 25, 1600),
        "llama-2-7b": lambda: llama(folder, layers or 32),
    }[shape]()
    with open(f"{folder}/config.json", "w") as file:
        json.dump(config, file)


main()
