"""
The other side of `npm run bench -- forward`: GPT-2's forward pass with all attention maps in PyTorch, written from its definition,
on one thread, from a safetensors file of float32. Prints CPU milliseconds, the least of some rounds, and writes the maps of the first
sequence, layers × heads × T × T.

    python torch_gpt2_speed.py MODEL_FOLDER IDS.json MAPS.npy ROUNDS
"""
import json
import math
import struct
import sys
import time
from pathlib import Path

import numpy as np
import torch

folder, ids, maps, rounds = Path(sys.argv[1]), sys.argv[2], sys.argv[3], int(sys.argv[4])
torch.set_num_threads(1)
torch.set_grad_enabled(False)
config = json.loads((folder / "config.json").read_text())
L, n, d = config["n_layer"], config["n_head"], config["n_embd"]
h = d // n

path = folder / "model.safetensors"
with open(path, "rb") as file:
    size = struct.unpack("<Q", file.read(8))[0]
    header = json.loads(file.read(size))
data = np.memmap(path, np.uint8, "r", 8 + size)
w = {
    name: torch.from_numpy(np.array(data[slice(*info["data_offsets"])]).view(np.float32).reshape(info["shape"]))
    for name, info in header.items()
    if name != "__metadata__"
}
tokens = torch.tensor(json.loads(Path(ids).read_text()))
T = tokens.shape[1]
hidden = torch.ones(T, T).triu(1).bool()


def norm(x, name):
    return torch.nn.functional.layer_norm(x, (d,), w[name + ".weight"], w[name + ".bias"], 1e-5)


def linear(x, name):
    return torch.addmm(w[name + ".bias"], x.reshape(-1, x.shape[-1]), w[name + ".weight"]).view(*x.shape[:-1], -1)


def gelu(x):
    return 0.5 * x * (1 + torch.tanh(math.sqrt(2 / math.pi) * (x + 0.044715 * x**3)))


def forward():
    x = w["wte.weight"][tokens] + w["wpe.weight"][:T]
    found = []
    for layer in range(L):
        name = f"h.{layer}."
        q, k, v = (
            part.view(-1, T, n, h).transpose(1, 2)
            for part in linear(norm(x, name + "ln_1"), name + "attn.c_attn").split(d, -1)
        )
        a = (q @ k.transpose(2, 3) / math.sqrt(h)).masked_fill(hidden, -math.inf).softmax(-1)
        found.append(a)
        # Maps alone: what the last layer writes is not asked for.
        if layer == L - 1:
            break
        x = x + linear((a @ v).transpose(1, 2).reshape(-1, T, d), name + "attn.c_proj")
        x = x + linear(gelu(linear(norm(x, name + "ln_2"), name + "mlp.c_fc")), name + "mlp.c_proj")
    return found


best = math.inf
for _ in range(rounds):
    start = time.process_time()
    result = forward()
    best = min(best, time.process_time() - start)
np.save(maps, torch.stack([layer[0] for layer in result]).numpy())
print(json.dumps({"milliseconds": 1000 * best}))
