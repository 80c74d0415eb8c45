import type { Command } from 'commander';
import type { HeadsAtStep } from '../behaviour/model-heads.js';
import { type HeadGrid, headName } from '../model/heads.js';
import { architectureOf } from './architecture.js';
import { exitStatus, print, say, tell, watchInterrupts } from './exit.js';
import { integer, jobsOf, stepFilter } from './options.js';
import { startProgress } from './progress.js';
import { addRunOptions, checkpointChoice, type RunFlags } from './run-options.js';

interface Flags extends RunFlags {
  tokens?: string;
  steps: string;
  top: string;
  seed: string;
  json?: true;
  jobs?: string;
  quiet?: true;
}

/** Adds `heads`: what each head of a model attends to on repeated tokens. */
export function headsCommand(program: Command): void {
  const command = program
    .command('heads')
    .description(
      'Runs a model, a series or a run on a random segment that stands twice, and says which heads attend to the token before, to what followed the same token (induction), or to the same token.',
    )
    .argument('<MODEL>', 'a model in a Hugging Face folder, a series of such, or a run of train')
    .option('--tokens <FILE>', 'JSON of token ids, sequences of two equal halves, instead of random ones')
    .option('--steps <LIST>', 'checkpoints to take: all, or steps and ranges from:to:by', 'all')
    .option('--top <N>', 'heads of each kind to list', '5')
    .option('--seed <N>', 'seed of the random tokens', '0')
    .option('--json', 'print the scores of all heads, by layer and head, instead of a table')
    .option('--jobs <N>', 'worker threads (default: the available cores)')
    .option('--quiet', 'no progress and no notes');
  addRunOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  $ bridgescope heads examples/small_llama
  $ bridgescope heads examples/small_run --steps 2000
  $ bridgescope heads models/gpt2 --tokens ids.json --json`,
    )
    .action(heads);
}

async function heads(path: string, flags: Flags): Promise<void> {
  const interrupts = watchInterrupts();
  const steps = stepFilter(flags.steps);
  const top = integer(flags.top, '--top', 1, 1000);
  const seed = integer(flags.seed, '--seed', 0);
  const jobs = jobsOf(flags.jobs);
  const quiet = flags.quiet === true;
  const { openModel } = await import('../run/open-model.js');
  const { headsOfModel } = await import('../behaviour/model-heads.js');
  const { usualTokens } = await import('../behaviour/usual-tokens.js');
  const model = openModel(path, { architecture: architectureOf(flags), ...checkpointChoice(flags) });
  if (!quiet) for (const note of model.notes) say(`note: ${note}`);
  let twice = undefined as Parameters<typeof headsOfModel>[1]['twice'] | undefined;
  if (flags.tokens !== undefined) {
    const { openTokens } = await import('../behaviour/open-tokens.js');
    const { twoHalves } = await import('../behaviour/given-tokens.js');
    const given = twoHalves(openTokens(flags.tokens), flags.tokens);
    twice = given.tokens;
    if (given.unlike !== undefined && !quiet) {
      say(`note: the halves of sequence ${given.unlike} differ: scores say less there`);
    }
  }
  twice ??= usualTokens(model.architecture, model.config, 2, { seed });
  let progress: ReturnType<typeof startProgress> | undefined;
  const result = await headsOfModel(model, {
    ...{ twice, steps, jobs, signal: interrupts.signal },
    onProgress: (done, total) => {
      progress ??= startProgress('running', 'checkpoints', total, quiet);
      progress.update(done);
    },
  }).finally(() => progress?.stop());
  for (const line of result.skipped) say(`skipped: ${line}`);
  const { architecture } = model;
  if (flags.json === true) {
    const found = result.steps.map((one) => [one.step.step, scoresJson(one, architecture)] as const);
    const single = model.kind === 'model' ? found[0]?.[1] : undefined;
    print(`${JSON.stringify(single ?? { steps: Object.fromEntries(found) })}\n`);
  } else {
    const sequences = twice.tokens.length / twice.length;
    tell(
      `${model.name}: mean attention on ${sequences} sequences, a segment of ${twice.segment} tokens twice`,
    );
    for (const one of result.steps) printStep(one, architecture, top);
  }
  process.exitCode =
    interrupts.status() ?? (result.skipped.length > 0 ? exitStatus.skipped : exitStatus.done);
}

/** Scores by layer and head. */
function scoresJson({ scores }: HeadsAtStep, { layers, heads: width }: HeadGrid): object {
  const rows = (values: Float64Array) =>
    Array.from({ length: layers }, (_, layer) => [...values.subarray(layer * width, (layer + 1) * width)]);
  return {
    scores: {
      previous_token: rows(scores.previousToken),
      induction: rows(scores.induction),
      duplicate_token: rows(scores.duplicateToken),
    },
    scores_published: {
      induction: rows(scores.published.induction),
      previous: rows(scores.published.previousToken),
    },
  };
}

const barWidth = 20;

function printStep({ step, scores }: HeadsAtStep, grid: HeadGrid, top: number): void {
  if (step.step !== null) tell(`step ${step.step}`);
  const kinds = [
    ['previous token', scores.previousToken],
    ['induction', scores.induction],
    ['duplicate token', scores.duplicateToken],
  ] as const;
  for (const [kind, values] of kinds) {
    const strongest = [...values.keys()].sort((a, b) => values[b]! - values[a]! || a - b).slice(0, top);
    strongest.forEach((head, at) => {
      const value = values[head]!;
      const bar = '█'.repeat(Math.round(value * barWidth)).padEnd(barWidth, '·');
      tell(
        `  ${(at === 0 ? kind : '').padEnd(16)}${headName(grid, head).padEnd(7)}${value.toFixed(3)}  ${bar}`,
      );
    });
  }
}
