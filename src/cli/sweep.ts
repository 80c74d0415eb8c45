import { basename } from 'node:path';
import type { Command } from 'commander';
import { InputError, UsageError } from '../errors.js';
import { HubError } from '../hub/requests.js';
import type { PlannedRun, PlannedTraining } from '../sweep/expand.js';
import type { Shard } from '../sweep/lock.js';
import type { ModelsPlan } from '../sweep/models-plan.js';
import type { Keep, Plan } from '../sweep/plan.js';
import type { Sweep } from '../sweep/sweep.js';
import type { RunState } from '../sweep/sweep-folder.js';
import type { SweepProgress, SweepResult } from '../sweep/tally.js';
import { askedInFile, exitStatus, say, tell, watchInterrupts } from './exit.js';
import { jobsOf } from './options.js';
import { duration, type ProgressLine, startProgress } from './progress.js';
import { version } from './version.js';
import { withQueue } from './with-queue.js';

interface Flags {
  out?: string;
  dryRun?: true;
  jobs?: string;
  shard?: string;
  redis?: string;
  withdraw?: true;
  quiet?: true;
}

/** Adds `sweep`: many runs by a plan. */
export function sweepCommand(program: Command): void {
  program
    .command('sweep')
    .description(
      'Trains the runs of a plan, each on its own core, measures each when it ends, and joins their tables into one; or works on the checkpoints of models that are there. Started again, it continues where it stopped; finished runs are not repeated.',
    )
    .argument('<PLAN>', 'a YAML file; see below')
    .option('--out <DIR>', 'the folder of the sweep (needed unless --dry-run)')
    .option('--dry-run', 'show runs, steps, disk space and time, and do nothing else')
    .option('--jobs <N>', 'runs at a time (default: the available cores)')
    .option('--shard <I/N>', 'only every N-th run, from number I: for N machines that share DIR')
    .option(
      '--redis <URL>',
      'queue the runs for bridgescope worker, on this and other machines, and follow them',
    )
    .option('--withdraw', 'with --redis: take the runs that no worker has begun out of the queue, and end')
    .option('--quiet', 'no progress and no notes')
    .addHelpText('after', help)
    .action(sweep);
}

const help = `
A plan:
  base: infinite_pool_size      # a preset, or options: {preset: …, num_epoch: 8000}
  axes:                         # every combination of these values
    pool_size: 20..1000 by 20   # ranges, lists and single values; 8..1024 times 2; null for an infinite pool
    seed: 1..5
  list:                         # variants, each with every combination of the axes
    - {name: deep, num_layers: 4, num_heads: 4}
  keep: none                    # checkpoints that stay: all, none (the table alone), last, or steps such as 0..20000 by 1000
  measure: {ranks: [5, 10, 15, 20], rel_pos: 0, match: [mean, largest]}

Or a plan over models, one checkpoint a job:
  models: hf:EleutherAI/pythia-70m@step*    # a name of the Hub, a folder (from the plan's own on), or a list of them
  steps: [0, 1000, 143000]      # of series; all unless given
  do: [measure, heads]          # and intervene
  measure: {measures: [qk_ov_match], ranks: [5], rel_pos: -1, fold_norm: false, pairs: all}
  heads: {seed: 0}
  intervene: {remove: each, draws: 20, seed: 0}

Writes DIR/measures.parquet (all runs), DIR/sweep.json (how each run stands), DIR/runs/SETTING (one folder a run).

Examples:
  $ bridgescope sweep examples/plans/pool_sweep_small.yaml --dry-run
  $ bridgescope sweep examples/plans/pool_sweep_small.yaml --out sweeps/pool
  $ bridgescope sweep examples/plans/pythia.yaml --out sweeps/pythia          a series of the Hub, on all cores
  $ bridgescope sweep plan.yaml --out /shared/pool --shard 3/8     the third of eight machines
  $ bridgescope sweep plan.yaml --out /shared/pool --redis redis://queue:6379    see bridgescope worker --help
  $ bridgescope sweep plan.yaml --out /shared/pool --redis redis://queue:6379 --withdraw`;

async function sweep(planPath: string, flags: Flags): Promise<void> {
  const interrupts = watchInterrupts();
  const jobs = jobsOf(flags.jobs);
  const shard = shardFlag(flags.shard);
  if (flags.out === undefined && flags.dryRun !== true) {
    throw new UsageError(
      '--out: expected the folder of the sweep, found nothing; add --out DIR, or --dry-run',
    );
  }
  if (flags.redis !== undefined && (flags.shard ?? flags.jobs) !== undefined) {
    const option = flags.shard === undefined ? '--jobs' : '--shard';
    throw new UsageError(
      `--redis and ${option} exclude each other: workers share the runs among them; leave ${option} out`,
    );
  }
  if (flags.withdraw === true && (flags.redis === undefined || flags.dryRun === true)) {
    throw new UsageError(
      '--withdraw takes runs out of a queue: give --redis URL, and no --dry-run; a sweep without a queue is stopped by Ctrl-C',
    );
  }
  const { openSweep, shardOf } = await import('../sweep/sweep.js');
  const opened = await openSweep(planPath, flags.out ?? '', version).catch((error) => {
    // That the Hub is out of reach is no wrong usage.
    if (error instanceof HubError) throw error;
    return askedInFile((): never => {
      throw error;
    });
  });
  if (flags.withdraw === true) return withdraw(opened, flags.redis!, flags.quiet === true);
  const own = shardOf(opened.runs, shard);
  if (own.length === 0) {
    throw new UsageError(
      `--shard ${flags.shard}: the plan has ${opened.runs.length} runs, so there is none for this shard; choose N up to ${opened.runs.length}`,
    );
  }
  if (flags.dryRun) await dryRun(opened, own, flags.out !== undefined, jobs);
  else await carryOut(opened, { ...flags, workers: jobs, part: shard }, interrupts);
}

async function withdraw(opened: Sweep, redis: string, quiet: boolean): Promise<void> {
  const { withdrawQueued } = await withQueue('sweep --redis', () => import('../sweep/withdraw.js'));
  const onNote = (note: string) => {
    if (!quiet) say(`note: ${note}`);
  };
  const { withdrawn, running, done } = await withdrawQueued(opened, { redis, onNote });
  tell(
    `${withdrawn} runs withdrawn; ${running} are being made and go on, ${done} are done. The same command without --withdraw queues what is missing again`,
  );
}

async function carryOut(
  opened: Sweep,
  { workers, part, redis, quiet }: Flags & { readonly workers: number; readonly part: Shard },
  { signal, status }: ReturnType<typeof watchInterrupts>,
): Promise<void> {
  let progress: ProgressLine | undefined;
  const shown = {
    signal,
    onBegin: ({ done, runs, steps, totalSteps }: SweepProgress) => {
      if (!quiet && done > 0) say(`note: ${done} of ${runs} runs are done already`);
      if (done < runs)
        progress = startProgress(
          'sweep',
          'models' in opened.plan ? 'checkpoints' : 'steps',
          totalSteps,
          quiet === true,
          steps,
        );
    },
    onProgress: (at: SweepProgress) => progress?.update(at.steps, [described(at)], at.totalSteps),
  };
  const onNote = (note: string) => {
    if (!quiet) say(`note: ${note}`);
  };
  const made =
    redis === undefined
      ? (await import('../sweep/run-here.js')).runHere(opened, { jobs: workers, shard: part, ...shown })
      : (await withQueue('sweep --redis', () => import('../sweep/run-queued.js'))).runQueued(opened, {
          redis,
          onNote,
          ...shown,
        });
  const result = await made.finally(() => progress?.stop());
  const goesOn =
    redis === undefined ? 'the same command goes on' : 'workers go on, and the same command follows them';
  report(opened.folder, result, status(), quiet === true, goesOn);
  // A connection that still waits for Redis must not keep the process.
  if (redis !== undefined) process.exit();
}

/** Tells how a sweep ended, and sets the exit status. */
function report(
  folder: string,
  result: SweepResult,
  interrupted: number | undefined,
  quiet: boolean,
  goesOn: string,
): void {
  const { done, failed, left, table } = result;
  for (const [setting, error] of failed) say(`failed: ${setting}: ${error}`);
  if (failed.size > 0) {
    const [runs, them] = failed.size === 1 ? ['run', 'it'] : ['runs', 'them'];
    say(`${failed.size} ${runs} failed (named above); the same command tries ${them} again`);
  }
  if (left > 0 && !quiet) say(`stopped with ${left} runs to go; ${goesOn}`);
  if (table !== null) tell(`${table.path}  ${table.runs} runs`);
  if (interrupted !== undefined) process.exitCode = interrupted;
  else if (failed.size > 0) process.exitCode = done === 0 ? exitStatus.failed : exitStatus.skipped;
  else if (left > 0) throw new InputError(`${folder}: ${left} runs were not made; start the command again`);
}

function described({ done, failed, runs }: SweepProgress): string {
  return `${done}/${runs} runs${failed > 0 ? `, ${failed} failed` : ''}`;
}

/** Reads `--shard i/n`. @throws UsageError */
function shardFlag(text: string | undefined): Shard {
  if (text === undefined) return { index: 1, of: 1 };
  const match = /^(\d{1,6})\/(\d{1,6})$/.exec(text);
  const [index, of] = [Number(match?.[1] ?? Number.NaN), Number(match?.[2] ?? Number.NaN)];
  if (index >= 1 && of >= index) return { index, of };
  throw new UsageError(
    `--shard: expected I/N with I from 1 to N, such as 3/8, found ${JSON.stringify(text)}`,
  );
}

async function dryRun(sweep: Sweep, own: readonly PlannedRun[], looks: boolean, jobs: number): Promise<void> {
  const { statesOf } = await import('../sweep/sweep-folder.js');
  const states: ReadonlyMap<string, RunState> = looks ? statesOf(sweep.folder, own) : new Map();
  const { plan } = sweep;
  if ('models' in plan) describeCheckpoints(plan, sweep.runs, own, states);
  else await describeTraining(plan, sweep.runs, own.filter(isTraining), states, jobs);
  tell('');
  for (const { setting } of own.slice(0, mostShown)) {
    tell(`  ${setting}${states.get(setting)?.status === 'done' ? '  done' : ''}`);
  }
  const last = own.at(-1);
  if (own.length > mostShown && last) tell(`  … and ${own.length - mostShown} more, up to ${last.setting}`);
}

function isTraining(run: PlannedRun): run is PlannedTraining {
  return run.kind === 'training';
}

/** What a plan over models comes to. */
function describeCheckpoints(
  { file, models, work }: ModelsPlan,
  runs: readonly PlannedRun[],
  own: readonly PlannedRun[],
  states: ReadonlyMap<string, RunState>,
): void {
  const share = own.length < runs.length ? `, ${own.length} of them in this shard` : '';
  const of = models.length === 1 ? 'one model' : `${models.length} models`;
  tell(`${basename(file)}: ${runs.length} checkpoints of ${of}${share}`);
  const tasks = Object.entries(work).flatMap(([task, options]) => (options === null ? [] : [task]));
  tell(`  each          ${tasks.join(', ')}`);
  const done = own.filter(({ setting }) => states.get(setting)?.status === 'done').length;
  if (done > 0) tell(`  done already  ${done} checkpoints`);
}

/** What a plan of runs to train comes to. */
async function describeTraining(
  plan: Plan,
  runs: readonly PlannedRun[],
  own: readonly PlannedTraining[],
  states: ReadonlyMap<string, RunState>,
  jobs: number,
): Promise<void> {
  const { estimate } = await import('../sweep/estimate.js');
  const undone = own.filter(({ setting }) => states.get(setting)?.status !== 'done');
  const open = undone.filter(({ setting }) => {
    const state = states.get(setting);
    return state?.status !== 'pending' || state.remeasure !== true;
  });
  const steps = (some: readonly PlannedTraining[]) =>
    some.reduce((sum, { config }) => sum + config.num_epoch, 0);
  const product = [
    ...(plan.list.length > 0 ? [`${plan.list.length} variants`] : []),
    ...plan.axes.map(({ option, values }) => `${values.length} ${option}`),
  ];
  const share = own.length < runs.length ? `, ${own.length} of them in this shard` : '';
  const made = product.length > 1 ? ` (${product.join(' × ')})` : '';
  tell(`${basename(plan.file)}: ${runs.length} runs${made}${share}, ${number(steps(own))} steps`);
  if (undone.length < own.length) tell(`  done already  ${own.length - undone.length} runs`);
  if (open.length < undone.length) {
    tell(`  measure anew  ${undone.length - open.length} runs, from the checkpoints that they keep`);
  }
  if (open.length > 0) {
    const { seconds, kept, working } = await estimate(open, plan.keep);
    const atOnce = Math.min(jobs, open.length);
    tell(
      `  to do         ${open.length} runs, ${number(steps(open))} steps, ${plan.measure.ranks?.length ?? 'usual'} ranks × ${plan.measure.rel_pos.length} relative positions`,
    );
    tell(
      `  disk          about ${bytes(kept)} in the end (keep: ${keptText(plan.keep)}), up to ${bytes(atOnce * working)} more while at work`,
    );
    tell(
      `  time          about ${duration(seconds / atOnce)} with ${atOnce} at a time (${duration(seconds)} of one core): an estimate from a few steps on this machine as busy as it is now`,
    );
  }
}

/** Runs that a dry run names. */
const mostShown = 20;

const number = (value: number) => value.toLocaleString('en-US').replaceAll(',', ' ');

function keptText(keep: Keep): string {
  return typeof keep === 'string' ? keep : `${keep.length} steps`;
}

function bytes(count: number): string {
  if (count < 1e6) return `${Math.ceil(count / 1000)} kB`;
  return count < 1e9 ? `${(count / 1e6).toFixed(1)} MB` : `${(count / 1e9).toFixed(1)} GB`;
}
