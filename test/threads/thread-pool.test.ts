import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const built = (path: string) => JSON.stringify(new URL(`../../dist/${path}`, import.meta.url).href);

/** Runs a program in a process of its own: where it goes wrong, Node ends the process. */
async function outputOf(program: string): Promise<string> {
  const run = promisify(execFile);
  return (await run(process.execPath, ['--input-type=module', '-e', program])).stdout;
}

it('can be closed at any moment after it was opened', async () => {
  const program = `
    const { openThreadPool } = await import(${built('threads/thread-pool.js')});
    for (let round = 0; round < 60; round++) {
      const pool = openThreadPool(new URL(${built('series/worker.js')}), 2);
      await new Promise((resolve) => setTimeout(resolve, 15 + ((round * 37) % 100)));
      await pool.destroy();
    }
    console.log('all closed');`;
  expect(await outputOf(program)).toBe('all closed\n');
});

it('takes no harm from an answer to a task that was called off', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'bridgescope-threads-'));
  const module = join(folder, 'one.mjs');
  writeFileSync(module, 'export default () => 1;');
  // This thread sleeps until the answer waits to be read, and calls the task off first.
  const program = `
    const { openThreadPool } = await import(${built('threads/thread-pool.js')});
    const sleep = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
    const pool = openThreadPool(new URL(${JSON.stringify(pathToFileURL(module).href)}), 1);
    await pool.run(0);
    const off = new AbortController();
    const first = pool.run(0, { signal: off.signal }).catch(({ name }) => name);
    sleep();
    off.abort();
    console.log(await first, await pool.run(0));
    const second = pool.run(0).catch(() => 'closed');
    sleep();
    await pool.destroy();
    console.log(await second);
    setTimeout(() => console.log('unharmed'), 100);`;
  expect(await outputOf(program)).toBe('AbortError 1\nclosed\nunharmed\n');
  rmSync(folder, { recursive: true });
});
