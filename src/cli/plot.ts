import type { Command } from 'commander';
import { UsageError } from '../errors.js';
import type { Choice } from '../figure/panels.js';
import type { Curves } from '../series/curves.js';
import { type ArchitectureFlags, addArchitectureOptions, architectureOf } from './architecture.js';
import { exitStatus, say, tell, watchInterrupts } from './exit.js';
import { choicesOf, describeFigures, draw, figureFormats, matchMethods } from './figures.js';
import { integerList, jobsOf } from './options.js';
import { startProgress } from './progress.js';

interface Flags extends ArchitectureFlags {
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
      'Draws the five-panel figures of tables that measure wrote. Given a run folder, measures it first, without writing a table.',
    )
    .argument('<RUN-or-TABLE...>', 'folders of checkpoints, or .parquet, .csv and .json tables')
    .option('--out <DIR>', 'where the figures go', 'bridgescope-out')
    .option('--ranks <LIST>', 'ranks to draw (default: those of the table; of a run: 5,10,15,20)')
    .option('--rel-pos <LIST>', 'relative positions to draw (default: those of the table; of a run: 0)')
    .option('--match <LIST>', 'match scores to draw: mean, largest', 'mean')
    .option('--figures <LIST>', 'what to write: png, svg, pdf', 'png')
    .option('--jobs <N>', 'worker threads (default: the available cores)')
    .option('--quiet', 'no progress and no notes');
  addArchitectureOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  $ bridgescope plot bridgescope-out/measures.parquet --figures svg,pdf
  $ bridgescope plot bridgescope-out/measures.parquet --ranks 10 --match mean,largest
  $ bridgescope plot runs/small_pool_size --ranks 10`,
    )
    .action(plot);
}

/** Curves of one source and what there is to draw of it. */
interface Source {
  readonly name: string;
  readonly curves: Curves;
  readonly settings: readonly string[];
}

async function plot(inputs: string[], flags: Flags): Promise<void> {
  const interrupts = watchInterrupts();
  const methods = matchMethods(flags.match);
  const formats = figureFormats(flags.figures);
  const ranks = flags.ranks === undefined ? undefined : integerList(flags.ranks, '--ranks');
  const relPos = flags.relPos === undefined ? undefined : integerList(flags.relPos, '--rel-pos');
  const jobs = jobsOf(flags.jobs);
  const quiet = flags.quiet === true;

  const { isTableName } = await import('../tables/read.js');
  const tables = inputs.filter(isTableName);
  const runs = inputs.filter((input) => !isTableName(input));
  const sources: Source[] = [];
  for (const path of tables) sources.push(await readSource(path));
  let skipped = 0;
  if (runs.length > 0) {
    const measured = await measureSource(runs, ranks, relPos, jobs, quiet, flags, interrupts.signal);
    skipped = measured.skipped;
    sources.push(measured.source);
  }
  checkNames(sources);
  const drawn: string[] = [];
  for (const { name, curves, settings } of sources) {
    const choices = settings.flatMap((setting) => available(curves, setting, name, ranks, relPos, methods));
    const job = { curves: () => curves, choices, formats, out: flags.out, jobs, quiet };
    drawn.push(...(await draw({ ...job, signal: interrupts.signal })));
  }
  for (const line of describeFigures(drawn)) tell(line);
  process.exitCode = interrupts.status() ?? (skipped > 0 ? exitStatus.skipped : exitStatus.done);
}

async function readSource(path: string): Promise<Source> {
  const { openTable } = await import('../tables/save.js');
  const { curvesOf } = await import('../series/curves.js');
  const { table } = await openTable(path);
  if (table.length === 0) throw new UsageError(`${path}: holds no rows, so there is nothing to draw`);
  return { name: path, curves: curvesOf(table), settings: [...new Set(table.setting.values)] };
}

async function measureSource(
  paths: readonly string[],
  ranks: readonly number[] = [5, 10, 15, 20],
  relPos: readonly number[] = [0],
  jobs: number,
  quiet: boolean,
  flags: Flags,
  signal: AbortSignal,
): Promise<{ source: Source; skipped: number }> {
  const { openRuns } = await import('../run/folder.js');
  const { measureRuns } = await import('../series/measure-runs.js');
  const { curvesOf } = await import('../series/curves.js');
  let progress: ReturnType<typeof startProgress> | undefined;
  const { table, notes, skipped, runs } = await measureRuns(openRuns(paths), {
    ranks,
    relPos,
    steps: () => true,
    jobs,
    architecture: architectureOf(flags),
    signal,
    onProgress: (done, total) => {
      progress ??= startProgress('measuring', 'checkpoints', total, quiet);
      progress.update(done);
    },
  }).finally(() => progress?.stop());
  if (!quiet) for (const note of notes) say(`note: ${note}`);
  for (const line of skipped) say(`skipped: ${line}`);
  const source = { name: paths.join(', '), curves: curvesOf(table), settings: Object.keys(runs) };
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

/**
 * The figures asked for, or all that a setting has numbers for.
 * @throws UsageError when something was asked for that was not measured
 */
function available(
  curves: Curves,
  setting: string,
  source: string,
  ranks: readonly number[] | undefined,
  relPos: readonly number[] | undefined,
  methods: readonly Choice['method'][],
): Choice[] {
  const own = curves.all.filter(({ key }) => key.setting === setting);
  const distinct = (measures: readonly string[], name: 'rank' | 'rel_pos'): number[] => [
    ...new Set(
      own.flatMap(({ key }) => (measures.includes(key.measure) && key[name] !== null ? [key[name]] : [])),
    ),
  ];
  const check = (asked: readonly number[] | undefined, known: readonly number[], option: string) => {
    const missing = asked?.find((value) => !known.includes(value));
    if (missing !== undefined) {
      throw new UsageError(
        `${option} ${missing}: ${source} holds ${known.join(', ') || 'none'} for ${setting}; choose among them or measure again`,
      );
    }
    return asked ?? known;
  };
  const knownRanks = distinct(['wte_ov_match', 'qk_ov_match', 'baseline_match'], 'rank');
  // A one-layer run has no relative position; its figures say so.
  const knownRelPos = distinct(['z_score', 'qk_ov_match'], 'rel_pos');
  const t = knownRelPos.length === 0 ? (relPos ?? [0]) : check(relPos, knownRelPos, '--rel-pos');
  return choicesOf([setting], check(ranks, knownRanks, '--ranks'), t, methods);
}
