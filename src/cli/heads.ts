import type { Command } from 'commander';
import type { HeadsAtStep, HeadsOptions } from '../behaviour/model-heads.js';
import type { HeadGrid } from '../model/heads.js';
import type { OpenedModel } from '../run/open-model.js';
import { architectureOf } from './architecture.js';
import { exitStatus, print, say, tell, watchInterrupts } from './exit.js';
import { figureFormats } from './figures.js';
import { addHubOptions, fromHub, type HubFlags } from './from-hub.js';
import { integer, jobsOf, stepFilter, wordList } from './options.js';
import { startCounting } from './progress.js';
import { addRunOptions, checkpointChoice, type RunFlags } from './run-options.js';

interface Flags extends RunFlags, HubFlags {
  tokens?: string;
  steps: string;
  top: string;
  seed: string;
  out: string;
  format: string;
  figures: string | false;
  copying: boolean;
  circuit?: boolean;
  json?: true;
  jobs?: string;
  quiet?: true;
}

/** Adds `heads`: what each head of a model attends to on repeated tokens. */
export function headsCommand(program: Command): void {
  const command = program
    .command('heads')
    .description(
      'Runs a model, a series or a run on a random segment repeated once, and lists which heads attend to the token before, to what followed the same token (induction), or to the same token; and which of them make a circuit, by their weights.',
    )
    .argument('<MODEL>', 'a model in a Hugging Face folder, a series of such, or a run of train')
    .option('--tokens <FILE>', 'JSON of token ids, sequences of two equal halves, instead of random ones')
    .option('--steps <LIST>', 'checkpoints to take: all, or steps and ranges from:to:by', 'all')
    .option('--top <N>', 'heads of each kind to list', '5')
    .option('--seed <N>', 'seed of the random tokens', '0')
    .option(
      '--out <DIR>',
      'where the table and the figures go; rows join a table that is there',
      'bridgescope-out',
    )
    .option('--format <LIST>', 'tables to write: parquet, csv, json', 'parquet')
    .option('--figures <LIST>', 'figures to write: png, svg, pdf', 'png')
    .option('--no-figures', 'write the table only')
    .option('--circuit', 'measure all pairs of heads, also where there are more than 400 heads')
    .option('--no-circuit', 'do not look for the circuit')
    .option('--no-copying', 'do not judge how well the model copies')
    .option('--json', 'write no files, print the scores of all heads, by layer and head, instead of a table')
    .option('--jobs <N>', 'worker threads (default: the available cores)')
    .option('--quiet', 'no progress and no notes');
  addHubOptions(addRunOptions(command))
    .addHelpText(
      'after',
      `
Examples:
  $ bridgescope heads examples/small_llama
  $ bridgescope heads examples/small_run --steps 2000
  $ bridgescope heads models/gpt2 --tokens ids.json --json
  $ bridgescope heads hf:openai-community/gpt2              from the Hub

Writes OUT/measures.parquet (.csv, .json), and OUT/heads_MODEL/ with grids of all heads, their scores over training, and the
circuit as circuit.csv and a figure.`,
    )
    .action(heads);
}

async function heads(source: string, flags: Flags): Promise<void> {
  const interrupts = watchInterrupts();
  const steps = stepFilter(flags.steps);
  const top = integer(flags.top, '--top', 1, 1000);
  const seed = integer(flags.seed, '--seed', 0);
  const formats = wordList(flags.format, ['parquet', 'csv', 'json'] as const, '--format');
  const figures = flags.figures === false ? [] : figureFormats(flags.figures);
  const jobs = jobsOf(flags.jobs);
  const quiet = flags.quiet === true;
  const isJson = flags.json === true;
  const { openModel } = await import('../run/open-model.js');
  const { headsOfModel } = await import('../behaviour/model-heads.js');
  const [path = ''] = await fromHub([source], {
    needed: 'everything',
    texts: true,
    quiet,
    signal: interrupts.signal,
    ...flags,
  });
  const model = openModel(path, { architecture: architectureOf(flags), ...checkpointChoice(flags) });
  if (!quiet) for (const note of model.notes) say(`note: ${note}`);
  const tokens = await tokensFor(model, flags.tokens, { seed, copying: flags.copying && !isJson, quiet });
  if (!isJson) (await import('../files/atomic-file.js')).checkWritable(flags.out);
  const progress = startCounting('running', quiet);
  const { steps: found, skipped } = await headsOfModel(model, {
    ...{ ...tokens, steps, jobs, signal: interrupts.signal },
    onProgress: (done, total) => progress.update(done, total, 'checkpoints'),
  }).finally(progress.stop);
  for (const line of skipped) say(`skipped: ${line}`);
  const { architecture: grid } = model;
  if (isJson) {
    const scores = found.map((one) => [one.step.step, scoresJson(one, grid)] as const);
    const single = model.kind === 'model' ? scores[0]?.[1] : undefined;
    print(`${JSON.stringify(single ?? { steps: Object.fromEntries(scores) })}\n`);
  } else if (found.length === 0) {
    say('stopped early: nothing was run, nothing is written');
  } else {
    const { circuitPlan, measureCircuit, mostHeadsOfUsualCircuit } = await import(
      '../behaviour/measure-circuit.js'
    );
    const { headsText, circuitText } = await import('./heads-text.js');
    const { scores, step, copying } = found.at(-1)!;
    const { length, segment, tokens: ids } = tokens.twice;
    const name = step.step === null ? model.name : `${model.name}, step ${step.step}`;
    tell(`${name}: mean attention on ${ids.length / length} sequences, a segment of ${segment} tokens twice`);
    for (const line of headsText(found, grid, top)) tell(line);
    if (copying !== undefined) {
      tell(
        `  ${'copying'.padEnd(16)}next token's mean probability ${copying.prob.toFixed(3)}, another is likelier at ${(100 * copying.err).toFixed(1)} % of positions`,
      );
    }
    const isUsual = grid.layers > 1 && grid.layers * grid.heads <= mostHeadsOfUsualCircuit;
    const circuit =
      (flags.circuit ?? isUsual) && !interrupts.signal.aborted
        ? await measureCircuit(step, scores, { jobs, signal: interrupts.signal })
        : undefined;
    if (circuit !== undefined) for (const line of circuitText(circuit, grid, scores)) tell(line);
    else if (flags.circuit !== false && grid.layers > 1 && !isUsual) {
      say(`note: the circuit of ${grid.layers * grid.heads} heads takes long; ask for it with --circuit`);
    }
    const { writeHeadFiles } = await import('./heads-files.js');
    await writeHeadFiles(
      { model, steps: found, circuit, plan: circuitPlan(grid) },
      { out: flags.out, tables: formats, figures },
    );
  }
  process.exitCode = interrupts.status() ?? (skipped.length > 0 ? exitStatus.skipped : exitStatus.done);
}

/** What a model is run on: the given tokens, or random ones. */
async function tokensFor(
  model: OpenedModel,
  file: string | undefined,
  { seed, copying, quiet }: { readonly seed: number; readonly copying: boolean; readonly quiet: boolean },
): Promise<Pick<HeadsOptions, 'twice' | 'thrice'>> {
  const { architecture, config } = model;
  if (file === undefined) {
    const { usualTokens } = await import('../behaviour/usual-tokens.js');
    const { specialTokens } = await import('../text/open-text.js');
    const special = await specialTokens(model);
    const draw = (repeats: number) => usualTokens(architecture, config, repeats, { seed }, special);
    return { twice: draw(2), ...(copying && { thrice: draw(3) }) };
  }
  const { openTokens } = await import('../behaviour/open-tokens.js');
  const { twoHalves } = await import('../behaviour/given-tokens.js');
  const { tokens, unlike } = twoHalves(openTokens(file), file);
  if (unlike !== undefined && !quiet) {
    say(`note: the halves of sequence ${unlike} differ: scores say less there`);
  }
  return { twice: tokens };
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
