import type { Command } from 'commander';
import { InputError } from '../errors.js';
import type { RunEvaluation } from '../series/evaluate-run.js';
import { architectureOf } from './architecture.js';
import { exitStatus, print, say, tell, watchInterrupts } from './exit.js';
import { jobsOf, stepFilter } from './options.js';
import { startCounting } from './progress.js';
import { addRunOptions, checkpointChoice, type RunFlags } from './run-options.js';

interface Flags extends RunFlags {
  steps: string;
  json?: true;
  jobs?: string;
  quiet?: true;
}

/** Adds `evaluate`: losses and errors of checkpoints on the run's test sets. */
export function evaluateCommand(program: Command): void {
  const command = program
    .command('evaluate')
    .description(
      'Runs every checkpoint on the test sets of its run (test.pth: in distribution, test_ood.pth: out of distribution) and prints losses, errors and the exact counts behind them.',
    )
    .argument('<RUN>', 'a folder of checkpoints with test.pth, test_ood.pth or both')
    .option('--steps <LIST>', 'checkpoints to take: all, or steps and ranges from:to:by', 'all')
    .option('--json', 'print {"STEP": {"loss_test", "err_test", "correct_test", …}} instead of a table')
    .option('--jobs <N>', 'worker threads (default: the available cores)')
    .option('--quiet', 'no progress and no notes');
  addRunOptions(command)
    .addHelpText(
      'after',
      `
err       the published error, 1 - correct / masked; its floor is above 0, since the last position of a copy
          predicts a background token that nothing determines
copy_err  1 - copy_correct / copy_positions, over the positions that the rule determines; its floor is 0

Examples:
  $ bridgescope evaluate runs/small_pool_size
  $ bridgescope evaluate runs/small_pool_size --steps 0:20000:5000 --json`,
    )
    .action(evaluate);
}

async function evaluate(path: string, flags: Flags): Promise<void> {
  const interrupts = watchInterrupts();
  const steps = stepFilter(flags.steps);
  const jobs = jobsOf(flags.jobs);
  const quiet = flags.quiet === true;
  const architecture = architectureOf(flags);
  const { openRun } = await import('../run/folder.js');
  const { configOfRun } = await import('../run/config-of-run.js');
  const { evaluateRun } = await import('../series/evaluate-run.js');
  const run = openRun(path, checkpointChoice(flags));
  const { config } = configOfRun(run, architecture);
  const progress = startCounting('evaluating', quiet);
  const result = await evaluateRun(run, config, {
    steps,
    jobs,
    signal: interrupts.signal,
    onProgress: (done, total) => progress.update(done, total, 'checkpoints'),
  }).finally(progress.stop);
  for (const line of result.skipped) say(`skipped: ${line}`);
  if (result.steps.size === 0 && interrupts.status() === undefined) {
    throw new InputError(`${path}: nothing could be evaluated; see the lines above`);
  }
  printEvaluations(result.steps, flags.json === true);
  process.exitCode =
    interrupts.status() ?? (result.skipped.length > 0 ? exitStatus.skipped : exitStatus.done);
}

function printEvaluations(steps: RunEvaluation['steps'], json: boolean): void {
  if (json) {
    const entries = [...steps].map(([step, sets]) => [
      step,
      Object.fromEntries(
        Object.entries(sets).flatMap(([set, evaluation]) =>
          Object.entries(evaluation).map(([name, value]) => [`${name}_${set}`, value]),
        ),
      ),
    ]);
    print(`${JSON.stringify(Object.fromEntries(entries), null, 1)}\n`);
    return;
  }
  const shown = ['test', 'ood'].filter((set) => [...steps.values()].some((sets) => set in sets)) as (
    | 'test'
    | 'ood'
  )[];
  const columns = ['loss', 'err', 'copy_err'] as const;
  const header = shown.flatMap((set) => columns.map((name) => `${name}_${set}`.padStart(14)));
  tell(`${'step'.padStart(8)}${header.join('')}`);
  for (const [step, sets] of steps) {
    const cells = shown.flatMap((set) =>
      columns.map((name) => (sets[set]?.[name].toFixed(4) ?? '').padStart(14)),
    );
    tell(`${String(step).padStart(8)}${cells.join('')}`);
  }
}
