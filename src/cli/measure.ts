import type { Command } from 'commander';
import { InputError } from '../errors.js';
import { architectureOf } from './architecture.js';
import { exitStatus, say, tell, watchInterrupts } from './exit.js';
import { choicesOf, describeFigures, draw, figureFormats, matchMethods } from './figures.js';
import { integerList, jobsOf, stepFilter, wordList } from './options.js';
import { startProgress } from './progress.js';
import { addRunOptions, checkpointChoice, type RunFlags } from './run-options.js';
import { version } from './version.js';

interface Flags extends RunFlags {
  out: string;
  ranks: string;
  relPos: string;
  steps: string;
  match: string;
  format: string;
  figures: string | false;
  jobs?: string;
  quiet?: true;
}

/** Adds `measure`: runs to a table of every measure, and figures. */
export function measureCommand(program: Command): void {
  const command = program
    .command('measure')
    .description(
      'Computes every measure for every checkpoint, rank and relative position of one or more runs, and writes a table and the five-panel figures.',
    )
    .argument('<RUN...>', 'folders of checkpoints; NAME=PATH names the setting')
    .option('--out <DIR>', 'where the table and the figures go', 'bridgescope-out')
    .option('--ranks <LIST>', 'ranks r of the subspaces', '5,10,15,20')
    .option('--rel-pos <LIST>', 'relative positions t of R(t); a key in the past has a negative one', '0')
    .option('--steps <LIST>', 'checkpoints to take: all, or steps and ranges from:to:by', 'all')
    .option('--match <LIST>', 'match scores to draw: mean, largest', 'mean')
    .option('--format <LIST>', 'tables to write: parquet, csv, json', 'parquet')
    .option('--figures <LIST>', 'figures to write: png, svg, pdf', 'png')
    .option('--no-figures', 'write the table only')
    .option('--jobs <N>', 'worker threads (default: the available cores)')
    .option('--quiet', 'no progress and no notes');
  addRunOptions(command)
    .addHelpText(
      'after',
      `
Writes OUT/measures.parquet (.csv, .json) and, for each setting, rank, match score and relative position,
OUT/train_matching_measure_SETTING/rank_R_method_MATCH_rel_pos_T.png.

Examples:
  $ bridgescope measure runs/*                            all runs of a folder
  $ bridgescope measure runs/small --rel-pos 0:35:5       eight relative positions (32 figures)
  $ bridgescope measure runs/small --rel-pos=-1,-10       keys in the past
  $ bridgescope measure runs/small --steps 0:5000:1000 --format csv --no-figures`,
    )
    .action(measure);
}

async function measure(paths: string[], flags: Flags): Promise<void> {
  const interrupts = watchInterrupts();
  const { signal } = interrupts;
  const ranks = integerList(flags.ranks, '--ranks');
  const relPos = integerList(flags.relPos, '--rel-pos');
  const steps = stepFilter(flags.steps);
  const methods = matchMethods(flags.match);
  const formats = wordList(flags.format, ['parquet', 'csv', 'json'] as const, '--format');
  const figures = flags.figures === false ? [] : figureFormats(flags.figures);
  const jobs = jobsOf(flags.jobs);
  const architecture = architectureOf(flags);
  const quiet = flags.quiet === true;

  const { openRuns } = await import('../run/folder.js');
  const { checkWritable } = await import('../run/atomic-file.js');
  const runs = openRuns(paths, checkpointChoice(flags));
  checkWritable(flags.out);
  const { measureRuns } = await import('../series/measure-runs.js');
  let progress: ReturnType<typeof startProgress> | undefined;
  const { table, ...result } = await measureRuns(runs, {
    ranks,
    relPos,
    steps,
    jobs,
    architecture,
    signal,
    onProgress: (done, total) => {
      progress ??= startProgress('measuring', 'checkpoints', total, quiet);
      progress.update(done);
    },
  }).finally(() => progress?.stop());

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
  const { saveTable } = await import('../tables/save.js');
  const { tableMetadata } = await import('../tables/meta.js');
  const saved = saveTable(table, tableMetadata(version, result.runs), flags.out, formats);
  for (const path of saved) tell(path.endsWith('.meta.json') ? path : `${path}  ${table.length} rows`);

  const { curvesOf } = await import('../series/curves.js');
  const drawn = await draw({
    curves: () => curvesOf(table),
    choices: choicesOf(Object.keys(result.runs), ranks, relPos, methods),
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
