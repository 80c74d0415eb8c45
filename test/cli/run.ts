import { type ChildProcess, type ExecFileException, execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** The built program; `npm test` builds it first. */
export const program = `${root}dist/cli/main.js`;
export const smallRun = `${root}examples/small_run`;
/** The same with a pool of 30 patterns. */
export const smallPool = `${root}examples/small_pool`;
export const goldenRuns = `${root}test/golden/runs`;

export interface Outcome {
  readonly status: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs `bridgescope` as a user would. */
export function bridgescope(...args: string[]): Promise<Outcome> {
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      [program, ...args],
      { maxBuffer: 1 << 26 },
      (error: ExecFileException | null, stdout, stderr) => {
        resolve({
          status: typeof error?.code === 'number' ? error.code : error === null ? 0 : -1,
          stdout,
          stderr,
        });
      },
    );
  });
}

/** What a process that was just started has written when it ends; status -1 where it was killed. */
export function ended(child: ChildProcess): Promise<Outcome> {
  let stdout = '';
  let stderr = '';
  child.stdout?.on('data', (text) => {
    stdout += text;
  });
  child.stderr?.on('data', (text) => {
    stderr += text;
  });
  return new Promise((resolve) => {
    child.on('close', (status) => resolve({ status: status ?? -1, stdout, stderr }));
  });
}
