import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { until } from './tiny-sweep.js';

/** Whether this machine has a Redis to test with. */
export const hasRedis = spawnSync('redis-server', ['--version']).status === 0;

/** A real Redis on a Unix socket of its own. */
export interface RedisServer {
  /** What `--redis` takes. */
  readonly url: string;
  readonly process: ChildProcess;
  /** Ends it as `systemctl stop` would. */
  stop(): Promise<void>;
}

/**
 * Starts a Redis in a folder.
 * @param options `appendonly: 'yes'` keeps the data across restarts, `requirepass` asks for a password
 */
export async function startRedis(folder: string, options: Record<string, string> = {}): Promise<RedisServer> {
  mkdirSync(folder, { recursive: true });
  const url = join(folder, 'redis.sock');
  const all = { port: '0', unixsocket: url, dir: folder, save: '', ...options };
  const words = Object.entries(all).flatMap(([name, value]) => [`--${name}`, value]);
  const child = spawn('redis-server', words, { stdio: 'ignore' });
  const ended = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  let answers = false;
  await until(() => {
    if (!answers) {
      const probe = createConnection(url, () => {
        answers = true;
        probe.end();
      });
      probe.on('error', () => {});
    }
    return answers;
  });
  return {
    url,
    process: child,
    async stop() {
      child.kill('SIGCONT');
      child.kill('SIGTERM');
      await ended;
    },
  };
}
