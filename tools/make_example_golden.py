"""Writes test/golden/small_llama.json: what float64 PyTorch and numpy make of examples/small_llama by the definitions.

    python3 tools/make_example_golden.py

Independent of the package: see family_models.py. The pairs at t = -1 alone, to keep the file small.
"""

import json
import pathlib

import torch

from family_golden_values import golden_values
from make_family_golden import rounded

ROOT = pathlib.Path(__file__).parent.parent
SEGMENT = 25

generator = torch.Generator().manual_seed(25)
draw = lambda count: torch.randint(0, 256, (count, SEGMENT), generator=generator)
values = golden_values(ROOT / "examples/small_llama", draw(16).repeat(1, 2), draw(8).repeat(1, 3), SEGMENT)

kept = {key: values[key] for key in ("input_ids", "input_ids_three", "segment_length", "loss", "scores_published", "scores", "copying")}
kept["pairs"] = {
    variant: {pair: {key: values[key] for key in ("-1", "v_composition")} for pair, values in pairs.items()}
    for variant, pairs in values["pairs"].items()
}
kept["copying_score"] = values["copying_score"]
(ROOT / "test/golden/small_llama.json").write_text(json.dumps(rounded(kept)) + "\n")
