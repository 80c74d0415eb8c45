// How benchmarks write down what they found: a section of Markdown each, in bench/results.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { python, pythonEnvironment } from './process.js';

/** One row of a Markdown table. */
export const row = (...cells) => `| ${cells.join(' | ')} |`;

/** A Markdown table; the first column is text, the others numbers unless `text` says otherwise. */
export function table(head, rows, text = [0]) {
  const rule = head.map((_, at) => (text.includes(at) ? '---' : '--:'));
  return [row(...head), row(...rule), ...rows.map((cells) => row(...cells))].join('\n');
}

/** A figure and its target: `0.35×, target at most 0.8×: met`. */
export function atMost(value, most, unit, digits = 2) {
  return `${value.toFixed(digits)}${unit}, target at most ${most}${unit}: ${value <= most ? 'met' : '**missed**'}`;
}

/** A figure and its target: `7.5×, target at least 18×: missed`. */
export function atLeast(value, least, unit, digits = 1) {
  return `${value.toFixed(digits)}${unit}, target at least ${least}${unit}: ${value >= least ? 'met' : '**missed**'}`;
}

/** The machine, how busy it was, the versions and the kernels of OpenBLAS that figures belong to. */
export function machine() {
  const script =
    'import numpy, matplotlib, torch, platform; numpy.eye(2) @ numpy.eye(2); print(f"; Python {platform.python_version()}, numpy {numpy.__version__}, matplotlib {matplotlib.__version__}, PyTorch {torch.__version__}, one thread")';
  const { status, stdout, stderr } = spawnSync(python, ['-c', script], {
    encoding: 'utf8',
    env: { ...pythonEnvironment, OPENBLAS_VERBOSE: '2' },
  });
  // Without Python, what is measured beside it is left out.
  const others = status === 0 ? stdout.trim() : '';
  const core = /^Core: (\S+)/m.exec(`${stderr ?? ''}\n${stdout ?? ''}`)?.[1];
  const kernels = others === '' ? '' : `, OpenBLAS kernels: ${core ?? 'it does not say which'}`;
  return `${cpus()[0].model}, ${cpus().length} cores, load average ${loadavg()[0].toFixed(1)}; Node ${process.versions.node}${others.replace(/^Core: \S+\s*/, '')}${kernels}.`;
}

/** Writes `bench/results/NAME.md`, and prints it. */
export function writeResults(name, text) {
  const folder = fileURLToPath(new URL('./results/', import.meta.url));
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${folder}${name}.md`, text);
  process.stdout.write(text);
}
