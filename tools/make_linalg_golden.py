"""Writes test/golden/linalg.json: singular values by LAPACK (numpy) of matrices that test/linalg/matrices.ts makes too."""

import json
import pathlib

import numpy


def pattern(rows, cols):
    """Entries that any language computes exactly: ((7919 i + 104729 j + 31 i j) mod 1009) / 1024 - 1/2."""
    i, j = numpy.ogrid[:rows, :cols]
    return ((7919 * i + 104729 * j + 31 * i * j) % 1009) / 1024 - 0.5


def low_rank(rows, cols, rank):
    return pattern(rows, rank) @ pattern(rank, cols)


CASES = {
    "pattern 64x64": pattern(64, 64),
    "pattern 7x5": pattern(7, 5),
    "pattern 5x7": pattern(5, 7),
    "pattern 65x33": pattern(65, 33),
    "pattern 1x9": pattern(1, 9),
    "pattern 9x1": pattern(9, 1),
    "rank three 20x16": low_rank(20, 16, 3),
    "graded 12x12": pattern(12, 12) * 10.0 ** -numpy.arange(12),
    "huge 6x6": pattern(6, 6) * 2.0**500,
    "tiny 6x6": pattern(6, 6) * 2.0**-500,
}

path = pathlib.Path(__file__).parent.parent / "test/golden/linalg.json"
values = {name: numpy.linalg.svd(a, compute_uv=False).tolist() for name, a in CASES.items()}
path.write_text(json.dumps(values, indent=0) + "\n")
