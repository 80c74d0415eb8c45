import { resolve } from 'node:path';
import type { Command } from 'commander';
import { exitStatus, say, tell, watchInterrupts } from './exit.js';
import { integer, jobsOf } from './options.js';
import { version } from './version.js';
import { withQueue } from './with-queue.js';

interface Flags {
  redis: string;
  jobs?: string;
  out?: string;
  takeover: string;
  untilEmpty?: true;
  quiet?: true;
}

/** Adds `worker`: makes the runs that sweeps have queued. */
export function workerCommand(program: Command): void {
  program
    .command('worker')
    .description(
      'Takes runs from the queue that bridgescope sweep --redis fills, and makes them in the folder that it shares with the sweep. Start as many as you like, on as many machines; the runs of one that dies are taken over by the others.',
    )
    .requiredOption('--redis <URL>', 'where Redis is: redis://[:PASSWORD@]HOST:PORT, or a socket’s path')
    .option('--jobs <N>', 'runs at a time (default: the available cores)')
    .option('--out <DIR>', 'the sweep’s folder on this machine, where its path differs')
    .option('--takeover <SECONDS>', 'take over the runs of a worker that has been silent for so long', '30')
    .option('--until-empty', 'end when all runs of the queue have ended')
    .option('--quiet', 'no notes')
    .addHelpText(
      'after',
      `
Ctrl-C saves what is being made and leaves it to the others. All workers should have the same --takeover.

Examples:
  $ bridgescope sweep plan.yaml --out /shared/pool --redis redis://queue:6379    on one machine
  $ bridgescope worker --redis redis://queue:6379                                on each of the others
  $ bridgescope worker --redis redis://queue:6379 --out /mnt/pool --jobs 4 --until-empty`,
    )
    .action(work);
}

async function work(flags: Flags): Promise<void> {
  const interrupts = watchInterrupts();
  const quiet = flags.quiet === true;
  const { serveQueue } = await withQueue('worker', () => import('../sweep/queue-worker.js'));
  const note = (text: string) => {
    if (!quiet) say(text);
  };
  const counts = await serveQueue({
    redis: flags.redis,
    jobs: jobsOf(flags.jobs),
    folder: flags.out === undefined ? null : resolve(flags.out),
    takeover: integer(flags.takeover, '--takeover', 1, 86_400),
    untilEmpty: flags.untilEmpty === true,
    version,
    signal: interrupts.signal,
    onNote: note,
  });
  tell(`${counts.done} runs done, ${counts.failed} failed`);
  const status = interrupts.status() ?? (counts.failed > 0 ? exitStatus.skipped : exitStatus.done);
  // A connection that still waits for Redis must not keep the process.
  process.exit(status);
}
