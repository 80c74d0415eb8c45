import { spawnSync } from 'node:child_process';

/** The first Python that has what the other sides of benchmarks need; `PYTHON=… npm run bench` chooses another. */
export const python =
  process.env.PYTHON ??
  ['python3', '/usr/bin/python3'].find(
    (name) => spawnSync(name, ['-c', 'import numpy, matplotlib, torch']).status === 0,
  ) ??
  'python3';

/**
 * The environment of the other sides: settings that hold OpenBLAS back are left out of it, so that it chooses its kernels by the
 * processor, as for whoever installs numpy.
 */
export const pythonEnvironment = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !['OPENBLAS_CORETYPE', 'OPENBLAS_L2_SIZE'].includes(name)),
);

/** Runs a command to its end; Python's `wait4` knows the CPU time and peak memory of it and its children. */
const runner = `
import json, os, sys, time
started = time.time()
child = os.fork()
if child == 0:
    quiet = os.open(os.devnull, os.O_WRONLY)
    os.dup2(quiet, 1)
    os.execvp(sys.argv[1], sys.argv[1:])
_, status, usage = os.wait4(child, 0)
print(json.dumps({"cpu": usage.ru_utime + usage.ru_stime, "wall": time.time() - started,
                  "megabytes": usage.ru_maxrss / 1024, "status": os.waitstatus_to_exitcode(status)}))
`;

/**
 * CPU seconds, wall seconds and peak memory (MB, of the largest process) of a command, start of the process included.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {Readonly<Record<string, string>>} [environment] added to that of the other sides
 * @returns {{cpu: number, wall: number, megabytes: number}}
 */
export function measureProcess(command, args, environment = {}) {
  const { stdout, stderr } = spawnSync(python, ['-c', runner, command, ...args], {
    encoding: 'utf8',
    maxBuffer: 1 << 26,
    env: { ...pythonEnvironment, ...environment },
  });
  const result = JSON.parse(stdout || '{"status": -1}');
  if (result.status !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${stderr}`);
  return result;
}

/** The run with the middle value of one figure. */
export function median(runs, figure) {
  const sorted = [...runs].sort((a, b) => a[figure] - b[figure]);
  return sorted[Math.floor((sorted.length - 1) / 2)][figure];
}
