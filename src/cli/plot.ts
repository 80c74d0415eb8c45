import type { Command } from 'commander';
import { InputError, UsageError } from '../errors.js';
import type { Choice } from '../figure/panels.js';
import type { Curves } from '../series/curves.js';
import type { RunRecord } from '../series/measure-runs.js';
import type { Table } from '../series/table.js';
import type { StudiedRun } from '../stats/study.js';
import { architectureOf } from './architecture.js';
import { exitStatus, say, tell, watchInterrupts } from './exit.js';
import { describeFigures, draw, figureFormats, matchMethods } from './figures.js';
import { addHubOptions, fromHub, type HubFlags } from './from-hub.js';
import { integerList, jobsOf } from './options.js';
import { startCounting } from './progress.js';
import { addRunOptions, checkpointChoice, type RunFlags } from './run-options.js';

interface Flags extends RunFlags, HubFlags {
  out: string;
  ranks?: string;
  relPos?: string;
  match: string;
  figures: string;
  jobs?: string;
  quiet?: true;
}

/** Adds `plot`: figures of tables that were measured before, or of runs. */
export function plotCommand(program: Command): void {
  const command = program
    .command('plot')
    .description(
      'Draws the five-panel figures of tables that measure wrote, the figures of models of many heads, and figures over runs where there are several. Given a run or a model, measures it first, without writing a table. Given the folder of a sweep, or of runs, draws the figures over runs alone.',
    )
    .argument(
      '<RUN-or-TABLE...>',
      'runs, models in Hugging Face folders, .parquet, .csv and .json tables, interventions.parquet, or folders of a sweep',
    )
    .option('--out <DIR>', 'where the figures go', 'bridgescope-out')
    .option(
      '--ranks <LIST>',
      'ranks to draw (default: those of the table; of a run: 5,10,15,20, up to the width of a head)',
    )
    .option('--rel-pos <LIST>', 'relative positions to draw (default: those of the table; of a run: 0)')
    .option('--match <LIST>', 'match scores to draw: mean, largest', 'mean')
    .option('--figures <LIST>', 'what to write: png, svg, pdf', 'png')
    .option('--jobs <N>', 'worker threads (default: the available cores)')
    .option('--quiet', 'no progress and no notes');
  addHubOptions(addRunOptions(command))
    .addHelpText(
      'after',
      `
Figures over runs go to OUT/over_runs: phase_picture (errors at the end against pool size), threshold (probability
of generalising), lead_lag (which measure changes first) and match_against_error. Runs that differ in more than
pool size and seed get figures of their own, numbered from 1.

Examples:
  $ bridgescope plot bridgescope-out/measures.parquet --figures svg,pdf
  $ bridgescope plot bridgescope-out/measures.parquet --ranks 10 --match mean,largest
  $ bridgescope plot runs/small_pool_size --ranks 10
  $ bridgescope plot models/gpt2 --rel-pos 0 --figures svg
  $ bridgescope plot bridgescope-out/interventions.parquet --figures svg
  $ bridgescope plot sweeps/pool --out sweeps/pool/figures --figures png,pdf`,
    )
    .action(plot);
}

/** Curves of one source and what there is to draw of it. */
interface Source {
  readonly name: string;
  readonly table: Table;
  readonly curves: Curves;
  readonly settings: readonly string[];
  /** What each run was made with, as the table has it. */
  readonly runs: Readonly<Record<string, RunRecord>>;
}

async function plot(given: string[], flags: Flags): Promise<void> {
  const interrupts = watchInterrupts();
  const methods = matchMethods(flags.match);
  const formats = figureFormats(flags.figures);
  const ranks = flags.ranks === undefined ? undefined : integerList(flags.ranks, '--ranks');
  const relPos = flags.relPos === undefined ? undefined : integerList(flags.relPos, '--rel-pos');
  const jobs = jobsOf(flags.jobs);
  const quiet = flags.quiet === true;

  const { checkWritable } = await import('../files/atomic-file.js');
  checkWritable(flags.out);
  const { isTableName } = await import('../tables/read.js');
  const { tablesOfModels } = await import('../sweep/sweep-folder.js');
  const inputs = given.flatMap((input) => tablesOfModels(input) ?? [input]);
  const { interventionTables, plotInterventions } = await import('./plot-interventions.js');
  const { interventions, others: tables } = await interventionTables(inputs.filter(isTableName));
  const others = inputs.filter((input) => !isTableName(input));
  const folders = others.length === 0 ? [] : await foldersOfRuns(others);
  const runs = others.filter((input) => !folders.includes(input));
  const sources: Source[] = [];
  for (const path of tables) {
    const source = await readSource(path);
    if (source.table.length > 0) sources.push(source);
    // A sweep that only edited models has no measures.
    else if (interventions.length === 0) throw nothingToDraw(path);
  }
  let skipped = 0;
  if (runs.length > 0) {
    const measured = await measureSource(runs, ranks, relPos, jobs, quiet, flags, interrupts.signal);
    skipped = measured.skipped;
    sources.push(measured.source);
  }
  checkNames(sources);
  const drawn = await plotInterventions(interventions, formats, flags.out);
  const { blocksOf } = await import('../series/blocks.js');
  const { figuresOfTable } = await import('../figure/table-figures.js');
  for (const { name, table, curves, settings } of sources) {
    const blocks = blocksOf(table);
    const found = figuresOfTable({ curves, blocks }, settings, { ranks, relPos, methods }, name);
    const job = {
      curves: () => curves,
      blocks: () => blocks,
      ...found,
      formats,
      out: flags.out,
      jobs,
      quiet,
    };
    drawn.push(...(await draw({ ...job, signal: interrupts.signal })));
  }
  const studied = await studySources(sources, ranks, relPos, methods[0]!);
  for (const folder of folders) {
    const opened = await openFolder(folder, ranks, relPos, jobs, quiet, interrupts.signal);
    skipped += opened.skipped;
    studied.push(...opened.studied);
  }
  if (!interrupts.signal.aborted && (studied.length > 1 || folders.length > 0)) {
    const { figuresOfRuns } = await import('../figure/sweep-figures.js');
    const { drawSweepFigures } = await import('../figure/draw-sweep-figures.js');
    const overRuns = figuresOfRuns(studied);
    if (overRuns.length === 0 && sources.length === 0) {
      throw new InputError(
        `${folders.join(', ')}: figures over runs need two with errors that differ in pool_size or seed alone; give the runs themselves to draw each`,
      );
    }
    drawn.push(...(await drawSweepFigures(overRuns, formats, flags.out)));
  }
  for (const line of describeFigures(drawn)) tell(line);
  process.exitCode = interrupts.status() ?? (skipped > 0 ? exitStatus.skipped : exitStatus.done);
}

async function foldersOfRuns(paths: readonly string[]): Promise<string[]> {
  const { holdsRuns } = await import('../evidence/open-runs.js');
  return paths.filter(holdsRuns);
}

/** The transitions of all runs whose configs the sources have. */
async function studySources(
  sources: readonly Source[],
  ranks: readonly number[] | undefined,
  relPos: readonly number[] | undefined,
  method: Choice['method'],
): Promise<StudiedRun[]> {
  if (sources.reduce((sum, { runs }) => sum + Object.keys(runs).length, 0) < 2) return [];
  const { studyRuns } = await import('../stats/study.js');
  const { checkConfig } = await import('../run/config.js');
  return sources.flatMap(({ name, table, runs }) => {
    const configs = Object.entries(runs).map(
      ([setting, { config }]) => [setting, checkConfig(config, `${name}: ${setting}`).config] as const,
    );
    return studyRuns(table, new Map(configs), { rank: ranks?.[0] ?? 10, method, relPos: relPos?.[0] ?? 0 });
  });
}

async function openFolder(
  path: string,
  ranks: readonly number[] | undefined,
  relPos: readonly number[] | undefined,
  jobs: number,
  quiet: boolean,
  signal: AbortSignal,
): Promise<{ studied: StudiedRun[]; skipped: number }> {
  const { openRunsBelow } = await import('../evidence/open-runs.js');
  const { studyRuns } = await import('../stats/study.js');
  const choice = { rank: ranks?.[0] ?? 10, relPos: relPos?.[0] ?? 0 };
  const progress = startCounting('measuring', quiet);
  const opened = await openRunsBelow(path, {
    ...choice,
    jobs,
    evaluate: false,
    signal,
    onProgress: (_label, done, total) => progress.update(done, total, 'checkpoints'),
  }).finally(progress.stop);
  if (!quiet) for (const note of opened.notes) say(`note: ${note}`);
  for (const line of opened.skipped) say(`skipped: ${line}`);
  const studied = studyRuns(opened.table, opened.configs, { ...choice, method: 'mean' });
  return { studied, skipped: opened.skipped.length };
}

function nothingToDraw(path: string): UsageError {
  return new UsageError(`${path}: holds no rows, so there is nothing to draw`);
}

async function readSource(path: string): Promise<Source> {
  const { openTable } = await import('../tables/save.js');
  const { curvesOf } = await import('../series/curves.js');
  const { table, metadata } = await openTable(path);
  const settings = [...new Set(table.setting.values)];
  return { name: path, table, curves: curvesOf(table), settings, runs: metadata?.runs ?? {} };
}

async function measureSource(
  paths: readonly string[],
  ranks: readonly number[] | undefined,
  relPos: readonly number[] = [0],
  jobs: number,
  quiet: boolean,
  flags: Flags,
  signal: AbortSignal,
): Promise<{ source: Source; skipped: number }> {
  const { openModels } = await import('../run/open-model.js');
  const { measureOpened } = await import('../series/measure-opened.js');
  const { curvesOf } = await import('../series/curves.js');
  const architecture = architectureOf(flags);
  const progress = startCounting('measuring', quiet);
  const { table, notes, skipped, runs } = await measureOpened(
    openModels(await fromHub(paths, { needed: 'vocabulary', quiet, signal, cache: flags.cache }), {
      architecture,
      ...checkpointChoice(flags),
    }),
    {
      ...{ relPos, jobs, architecture, signal },
      ...(ranks && { ranks }),
      foldNorm: false,
      pairs: { kind: 'usual' },
      steps: () => true,
      onProgress: progress.update,
    },
  ).finally(progress.stop);
  if (!quiet) for (const note of notes) say(`note: ${note}`);
  for (const line of skipped) say(`skipped: ${line}`);
  const settings = Object.keys(runs);
  const source = { name: paths.join(', '), table, curves: curvesOf(table), settings, runs };
  return { source, skipped: skipped.length };
}

/** @throws UsageError when two sources have a setting of one name: their figures would overwrite each other */
function checkNames(sources: readonly Source[]): void {
  const owner = new Map<string, string>();
  for (const { name, settings } of sources) {
    for (const setting of settings) {
      const other = owner.get(setting);
      if (other !== undefined) {
        throw new UsageError(
          `${setting} is a setting of both ${other} and ${name}; draw them into different folders with --out`,
        );
      }
      owner.set(setting, name);
    }
  }
}
