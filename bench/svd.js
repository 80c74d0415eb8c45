import { spawnSync } from 'node:child_process';
import { kernels, matrix, reference } from '../dist/library/measures.js';
import { python, pythonEnvironment } from './process.js';

const numpy = `
import os
for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[name] = "1"
import json, sys, time
import numpy
sizes = json.loads(sys.argv[1])
result = {}
for n, repeats in sizes:
    a = ((7919 * numpy.arange(n)[:, None] + 104729 * numpy.arange(n) + 31 * numpy.outer(numpy.arange(n), numpy.arange(n))) % 1009) / 1024 - 0.5
    best = 1e9
    for _ in range(7):
        started = time.process_time()
        for _ in range(repeats):
            u, s, v = numpy.linalg.svd(a)
        best = min(best, (time.process_time() - started) / repeats)
    result[n] = {"ms": best * 1000, "s": s.tolist()}
print(json.dumps(result))
`;

function pattern(n) {
  const a = matrix(n, n);
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < n; j++)
      a.data[i * n + j] = ((7919 * i + 104729 * j + 31 * i * j) % 1009) / 1024 - 0.5;
  }
  return a;
}

function cpuMs(repeats, run) {
  let best = Number.POSITIVE_INFINITY;
  for (let round = 0; round < 7; round++) {
    const started = process.cpuUsage();
    for (let at = 0; at < repeats; at++) run();
    const { user, system } = process.cpuUsage(started);
    best = Math.min(best, (user + system) / 1000 / repeats);
  }
  return best;
}

/** SVDs with all vectors, in CPU ms, best of seven: LAPACK through numpy, the kernels, the reference. */
export function benchSvd() {
  const sizes = [
    [64, 100],
    [256, 3],
  ];
  const lapack = JSON.parse(
    spawnSync(python, ['-c', numpy, JSON.stringify(sizes)], { encoding: 'utf8', env: pythonEnvironment })
      .stdout,
  );
  return sizes.map(([n, repeats]) => {
    const a = pattern(n);
    const { s } = kernels.svd(a, { u: true, v: true });
    const error = Math.max(...lapack[n].s.map((value, at) => Math.abs(value - s[at]))) / s[0];
    if (!(error < 1e-13)) throw new Error(`singular values of ${n}×${n} differ from LAPACK's by ${error}`);
    return {
      n,
      lapack: lapack[n].ms,
      kernels: cpuMs(repeats, () => kernels.svd(a, { u: true, v: true })),
      oneSide: cpuMs(repeats, () => kernels.svd(a, { u: true })),
      values: cpuMs(repeats, () => kernels.svd(a)),
      reference: cpuMs(Math.max(1, repeats / 10), () => reference.svd(a, { u: true, v: true })),
    };
  });
}
