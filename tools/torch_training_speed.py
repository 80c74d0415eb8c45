"""One training step and one forward pass in PyTorch on one thread: the other side of bench/training.js.

    python3 tools/torch_training_speed.py FOLDER

reads FOLDER/config.json, FOLDER/start.pt (a state dict), FOLDER/batch.pt and FOLDER/forward.pt (tokens, sequences × T), and prints JSON: the
losses of the first three AdamW steps without dropout, and the least CPU milliseconds of a step (with dropout) and of a forward pass.
"""

import json
import pathlib
import sys
import time

import torch
from torch.nn import functional

from torch_model import Model, next_token_loss

ROUNDS = 3

folder = pathlib.Path(sys.argv[1])
config = json.loads((folder / "config.json").read_text())
torch.set_num_threads(1)
tokens = torch.load(folder / "batch.pt")["tokens"]
many = torch.load(folder / "forward.pt")["tokens"]
start = torch.load(folder / "start.pt")


def fresh():
    model = Model(config)
    model.load_state_dict(start)
    rate = {"lr": config["lr"], "betas": (0.9, 0.98), "eps": 1e-9, "weight_decay": config["wd"]}
    return model, torch.optim.AdamW(model.parameters(), **rate)


def step(model, optimizer, drop):
    optimizer.zero_grad(set_to_none=True)
    loss = next_token_loss(model(tokens, drop), tokens)
    loss.backward()
    optimizer.step()
    return loss.item()


def milliseconds(work, seconds=1.0):
    """CPU time of one call: the least of some rounds."""
    work()
    best = float("inf")
    for _ in range(ROUNDS):
        begin, calls = time.process_time(), 0
        while time.process_time() - begin < seconds:
            work()
            calls += 1
        best = min(best, (time.process_time() - begin) / calls * 1000)
    return best


def forward(model):
    with torch.no_grad():
        logits = model(many)
        next_token_loss(logits, many).item()
        logits.argmax(-1)


model, optimizer = fresh()
losses = [step(model, optimizer, lambda x, layer, site: x) for _ in range(3)]
model, optimizer = fresh()
dropout = lambda x, layer, site: functional.dropout(x, config["dropout"], True)  # noqa: E731
print(json.dumps({
    "torch": torch.__version__,
    "losses": losses,
    "step": milliseconds(lambda: step(model, optimizer, dropout)),
    "forward": milliseconds(lambda: forward(model)),
}))  # fmt: skip
