"""Shows that a run folder of bridgescope is one of PyTorch's: loads a checkpoint and the test sets, finds the logged losses and errors,
trains on from there, and saves a checkpoint that bridgescope reads.

    python3 tools/train_on_in_torch.py RUN STEP [OUT.pt]
"""

import json
import pathlib
import sys

import torch

from torch_model import Model, next_token_loss

run, step = pathlib.Path(sys.argv[1]), int(sys.argv[2])
config = json.loads((run / "config.json").read_text())
model = Model(config)
model.load_state_dict(torch.load(run / f"ckpt_{step}.pt"), strict=True)
entry = json.loads((run / "err_arr.json").read_text())[step - 1]
smoothing = 0.1 if config["label_smoothing"] else 0.0

for name, file in (("test", "test.pth"), ("ood", "test_ood.pth")):
    tokens, lengths, starts = torch.load(run / file)
    with torch.no_grad():
        logits = model(tokens)
    loss = next_token_loss(logits, tokens, smoothing).item()
    position = torch.arange(tokens.shape[1])
    length, second = torch.from_numpy(lengths)[:, None], torch.from_numpy(starts)[:, 1:]
    mask = (position >= second + config["ignore_burning"]) & (position < second + length)
    right = (logits[:, :-1].argmax(-1) == tokens[:, 1:]) & mask[:, :-1]
    err = 1 - right.sum().item() / mask.sum().item()
    print(f"{name}: loss {loss:.6f} (logged {entry[f'loss_{name}']:.6f}), err {err:.6f} (logged {entry[f'err_{name}']:.6f})")
    assert abs(loss - entry[f"loss_{name}"]) < 1e-5
    # Two positions may fall the other way where logits tie within rounding.
    assert abs(err - entry[f"err_{name}"]) * mask.sum().item() <= 2

optimizer = torch.optim.AdamW(model.parameters(), lr=config["lr"], betas=(0.9, 0.98), eps=1e-9, weight_decay=config["wd"])
tokens = torch.load(run / "test.pth")[0][: config["batch_size"]]
losses = []
for _ in range(10):
    optimizer.zero_grad()
    loss = next_token_loss(model(tokens), tokens, smoothing)
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
print(f"ten more steps: loss {losses[0]:.4f} to {losses[-1]:.4f}")
assert losses[-1] < losses[0]
if len(sys.argv) > 3:
    torch.save(model.state_dict(), sys.argv[3])
