import type { Command } from 'commander';
import { InputError } from '../errors.js';
import { modelMeasureNames, needVocabulary } from '../measures/model-plan.js';
import type { ModelCost } from '../series/model-cost.js';
import { type PairRequest, parsePairs } from '../series/pair-request.js';
import type { Table } from '../series/table.js';
import { architectureOf } from './architecture.js';
import { exitStatus, say, tell, watchInterrupts } from './exit.js';
import { describeFigures, draw, figureFormats, matchMethods } from './figures.js';
import { addHubOptions, fromHub, type HubFlags } from './from-hub.js';
import { endOfSteps, integerList, jobsOf, stepFilter, wordList } from './options.js';
import { duration, startCounting } from './progress.js';
import { addRunOptions, checkpointChoice, type RunFlags } from './run-options.js';
import { version } from './version.js';

interface Flags extends RunFlags, HubFlags {
  out: string;
  ranks?: string;
  relPos: string;
  steps: string;
  match: string;
  format: string;
  figures: string | false;
  measures?: string;
  pairs?: string;
  foldNorm?: true;
  overwrite?: true;
  jobs?: string;
  quiet?: true;
}

/** Adds `measure`: runs to a table of every measure, and figures. */
export function measureCommand(program: Command): void {
  const command = program
    .command('measure')
    .description(
      'Computes every measure for every checkpoint, rank and relative position of one or more runs or models, and writes a table and figures.',
    )
    .argument(
      '<RUN-or-MODEL...>',
      'runs of train or a folder of them, the folder of a sweep, models in Hugging Face folders, or series of them; NAME=PATH names the setting',
    )
    .option('--out <DIR>', 'where the table and the figures go', 'bridgescope-out')
    .option('--ranks <LIST>', 'ranks r of the subspaces (default: 5,10,15,20, up to the width of a head)')
    .option('--rel-pos <LIST>', 'relative positions t of R(t); a key in the past has a negative one', '0')
    .option(
      '--steps <LIST>',
      'checkpoints to take: all, or steps and ranges from:to:by; errors end with the last of them',
      'all',
    )
    .option('--measures <LIST>', `of models: ${modelMeasureNames.join(', ')}`)
    .option('--pairs <LIST>', 'of models, pairs with rows of their own: all, top:N, 5.1, 4.11>5.1, 4>5')
    .option('--fold-norm', 'of models: gains and means of the norms before attention folded into the weights')
    .option('--match <LIST>', 'match scores to draw: mean, largest', 'mean')
    .option('--format <LIST>', 'tables to write: parquet, csv, json', 'parquet')
    .option('--figures <LIST>', 'figures to write: png, svg, pdf', 'png')
    .option('--no-figures', 'write the table only')
    .option('--overwrite', 'replace a table of other runs that --out holds, and what heads wrote into it')
    .option('--jobs <N>', 'worker threads (default: the available cores)')
    .option('--quiet', 'no progress and no notes');
  addHubOptions(addRunOptions(command))
    .addHelpText(
      'after',
      `
Writes OUT/measures.parquet (.csv, .json) and, for each setting, rank, match score and relative position,
OUT/train_matching_measure_SETTING/rank_R_method_MATCH_rel_pos_T.png. Of models, and runs of many heads, it writes maps of all pairs,
the circuit and grids of heads into OUT/heads_SETTING; each pair has a p- and a q-value against pairs that cannot compose.

Examples:
  $ bridgescope measure runs                              all runs of a folder
  $ bridgescope measure runs/small --rel-pos 0:35:5       eight relative positions (32 figures)
  $ bridgescope measure runs/small --rel-pos=-1,-10       keys in the past
  $ bridgescope measure runs/small --steps 0:5000:1000 --format csv --no-figures
  $ bridgescope measure models/gpt2                       every pair of heads of a model
  $ bridgescope measure hf:openai-community/gpt2          the same, from the Hub
  $ bridgescope measure 'hf:EleutherAI/pythia-70m@step0,step1000,step143000' --measures qk_ov_match
  $ bridgescope measure models/pythia --rel-pos=-1 --pairs '4.11>5.1' --measures k_composition,qk_ov_match`,
    )
    .action(measure);
}

async function measure(sources: string[], flags: Flags): Promise<void> {
  const interrupts = watchInterrupts();
  const { signal } = interrupts;
  const ranks = flags.ranks === undefined ? undefined : integerList(flags.ranks, '--ranks');
  const relPos = integerList(flags.relPos, '--rel-pos');
  const steps = stepFilter(flags.steps);
  const methods = matchMethods(flags.match);
  const formats = wordList(flags.format, ['parquet', 'csv', 'json'] as const, '--format');
  const figures = flags.figures === false ? [] : figureFormats(flags.figures);
  const jobs = jobsOf(flags.jobs);
  const architecture = architectureOf(flags);
  const measures =
    flags.measures === undefined ? undefined : wordList(flags.measures, modelMeasureNames, '--measures');
  const pairs: PairRequest = flags.pairs === undefined ? { kind: 'usual' } : parsePairs(flags.pairs);
  const quiet = flags.quiet === true;

  const { openModels } = await import('../run/open-model.js');
  const { checkWritable } = await import('../files/atomic-file.js');
  const { runsToMeasure } = await import('../sweep/runs-to-look-at.js');
  const needed = measures !== undefined && !needVocabulary(measures) ? 'attention' : 'vocabulary';
  const paths = await fromHub(sources, { needed, quiet, signal, cache: flags.cache });
  const opened = openModels(runsToMeasure(paths), { architecture, ...checkpointChoice(flags) });
  checkWritable(flags.out);
  if (flags.overwrite !== true) {
    const { refuseOtherRuns } = await import('../tables/other-runs.js');
    await refuseOtherRuns(
      flags.out,
      opened.map(({ name }) => name),
    );
  }
  const { measureOpened } = await import('../series/measure-opened.js');
  const progress = startCounting('measuring', quiet);
  const result = await measureOpened(opened, {
    ...{ steps, jobs, signal, relPos, pairs, architecture },
    errorsUntil: endOfSteps(flags.steps),
    foldNorm: flags.foldNorm === true,
    ...(ranks && { ranks }),
    ...(measures && { measures }),
    onStart: ({ name }, cost, count) => {
      if (!quiet) for (const line of describeCost(name, cost, count, jobs)) say(line);
    },
    onProgress: progress.update,
  }).finally(progress.stop);

  if (!quiet) for (const note of result.notes) say(`note: ${note}`);
  for (const line of result.measured === 0 ? distinctReasons(result.skipped) : result.skipped)
    say(`skipped: ${line}`);
  if (result.measured === 0) {
    if (signal.aborted) {
      say('stopped early: nothing was measured, nothing is written');
      process.exitCode = interrupts.status();
      return;
    }
    throw new InputError('nothing could be measured; see the lines above');
  }
  const { keepRows } = await import('../tables/keep-rows.js');
  const { behaviourMeasures } = await import('../behaviour/head-rows.js');
  const table =
    flags.overwrite === true
      ? result.table
      : await keepRows(result.table, result.runs, flags.out, behaviourMeasures);
  const { saveTable } = await import('../tables/save.js');
  const { tableMetadata } = await import('../tables/meta.js');
  const saved = saveTable(table, tableMetadata(version, result.runs), flags.out, formats);
  for (const path of saved) tell(path.endsWith('.meta.json') ? path : `${path}  ${table.length} rows`);

  const { curvesOf } = await import('../series/curves.js');
  const { blocksOf } = await import('../series/blocks.js');
  const { hasManyPairs } = await import('../figure/model/model-figures.js');
  const { figureChoices } = await import('../figure/table-figures.js');
  const blocks = figures.length === 0 ? [] : blocksOf(table);
  const drawn = await draw({
    curves: () => curvesOf(table),
    choices: opened.flatMap(({ name, run }) =>
      run !== null && name in result.runs
        ? figureChoices([name], ranks ?? ranksOf(table, name), relPos, methods)
        : [],
    ),
    blocks: () => blocks,
    models: opened.flatMap(({ name, run }) =>
      name in result.runs && (run === null || hasManyPairs(blocks, name))
        ? [{ setting: name, ranks, relPos, methods }]
        : [],
    ),
    formats: figures,
    out: flags.out,
    jobs,
    quiet,
    signal,
  });
  for (const line of describeFigures(drawn)) tell(line);
  process.exitCode =
    interrupts.status() ?? (result.skipped.length > 0 ? exitStatus.skipped : exitStatus.done);
  if (signal.aborted) say(`stopped early: ${result.measured} checkpoints were measured and kept`);
}

/** Jobs that take longer, in seconds, say what they are about to do. */
const shortJob = 5;

function describeCost(name: string, cost: ModelCost, steps: number, jobs: number): string[] {
  const seconds = (cost.seconds * steps) / jobs;
  if (seconds < shortJob) return [];
  const pairs = `${cost.causalPairs} pairs of heads, and ${cost.antiCausalPairs} anti-causal ones to hold them against`;
  const checkpoints = steps === 1 ? '' : `, ${steps} checkpoints`;
  const memory = `${(cost.bytes / 1e9).toPrecision(2)} GB of memory`;
  return [`${name}: ${pairs}${checkpoints}; about ${duration(seconds)} and ${memory}`];
}

/** The ranks that a setting was measured at. */
function ranksOf(table: Table, setting: string): number[] {
  const code = table.setting.values.indexOf(setting);
  const measure = table.measure.values.indexOf('wte_ov_match');
  const ranks = new Set<number>();
  for (const from of table.curveStarts) {
    if (table.setting.codes[from] === code && table.measure.codes[from] === measure)
      ranks.add(table.rank[from]!);
  }
  return [...ranks];
}

/** Where nothing could be measured, a hundred checkpoints often have one reason, such as a wrong config. */
function distinctReasons(skipped: readonly string[]): string[] {
  const groups = new Map<string, string[]>();
  for (const line of skipped) {
    const reason = line.replace(/ckpt[^/\\:]*: /, ': ');
    groups.set(reason, [...(groups.get(reason) ?? []), line]);
  }
  return [...groups.values()].flatMap(([first = '', ...others]) =>
    others.length === 0 ? [first] : [first, `${others.length} more checkpoints for the same reason`],
  );
}
