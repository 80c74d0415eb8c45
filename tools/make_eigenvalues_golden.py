"""Eigenvalues of small matrices by numpy (LAPACK), for test/linalg/eigenvalues.test.ts.

Run: python3 tools/make_eigenvalues_golden.py > test/golden/eigenvalues.json
"""
import json

import numpy as np


def cases():
    rng = np.random.default_rng(10)
    for n in (1, 2, 3, 5, 8, 16, 24):
        yield f"random {n}", rng.normal(size=(n, n))
    yield "rotation", np.array([[0.0, -1.0], [1.0, 0.0]])
    yield "cyclic", np.roll(np.eye(6), 1, axis=0)
    yield "zero", np.zeros((4, 4))
    yield "identity", np.eye(5)
    yield "rank one", np.outer(rng.normal(size=7), rng.normal(size=7))
    yield "badly scaled", np.diag(10.0 ** np.arange(-3, 3)) @ rng.normal(size=(6, 6)) @ np.diag(10.0 ** -np.arange(-3, 3))
    symmetric = rng.normal(size=(9, 9))
    yield "symmetric", symmetric + symmetric.T


out = []
for name, a in cases():
    values = np.linalg.eigvals(a)
    out.append({"name": name, "n": len(a), "a": a.ravel().tolist(), "re": values.real.tolist(), "im": values.imag.tolist()})
print(json.dumps(out))
