import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const built = (path: string) => JSON.stringify(new URL(`../../dist/${path}`, import.meta.url).href);

it('can be closed at any moment after it was opened', async () => {
  // In a process of its own: where it goes wrong, Node ends the process.
  const program = `
    const { openThreadPool } = await import(${built('threads/thread-pool.js')});
    for (let round = 0; round < 60; round++) {
      const pool = openThreadPool(new URL(${built('series/worker.js')}), 2);
      await new Promise((resolve) => setTimeout(resolve, 15 + ((round * 37) % 100)));
      await pool.destroy();
    }
    console.log('all closed');`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program]);
  expect(stdout).toBe('all closed\n');
});
