import type { Command } from 'commander';
import type { InterventionClaim } from '../causal/claims.js';
import type { IntervenedModel } from '../causal/intervene-on-run.js';
import type { EditResult } from '../causal/summary.js';
import type { InterventionVerdict } from '../causal/verdicts.js';
import { InputError, UsageError } from '../errors.js';
import type { HeadGrid } from '../model/heads.js';
import type { RunConfig } from '../run/config.js';
import { type ArchitectureFlags, addArchitectureOptions, architectureOf } from './architecture.js';
import { askedInFile, exitStatus, print, say, tell, watchInterrupts } from './exit.js';
import { describeFigures, figureFormats } from './figures.js';
import { type EditFlags, requestOf } from './intervene-request.js';
import { integer, jobsOf, stepFilter, wordList } from './options.js';
import { startProgress } from './progress.js';
import { version } from './version.js';

interface Flags extends EditFlags, ArchitectureFlags {
  steps: string;
  draws: string;
  seed: string;
  out: string;
  format: string;
  figures: string | false;
  claims?: string | true;
  json?: true;
  jobs?: string;
  quiet?: true;
}

/** Adds `intervene`: models are edited, and what they still copy is counted. */
export function interveneCommand(program: Command): void {
  const command = program
    .command('intervene')
    .description(
      'Edits the weights of checkpoints (heads removed, projected on a subspace or out of it, exchanged, transplanted from another step) and counts what the model still copies, beside random edits of the same size. Without an edit it makes the usual study: when does the circuit become necessary, when sufficient, and do its layers fit those of other steps?',
    )
    .argument('<RUN...>', 'folders of checkpoints with test sets; NAME=PATH names the setting')
    .option(
      '--remove <HEADS>',
      'heads removed together, such as 1.0 or 5.1,6.9, or composing:K; each: one by one',
    )
    .option(
      '--project-keys <RANKS>',
      'dimensions of the bridge that W_k of --heads keeps or drops, such as 0:64:4',
    )
    .option('--project-outputs <RANKS>', 'the same of W_o')
    .option('--keep', 'only keep the dimensions (default: both)')
    .option('--drop', 'only drop them')
    .option('--heads <HEADS>', 'heads that are projected, or whose circuits are transplanted')
    .option('--bridge <HEADS>', 'heads whose stacked W_QK(t) makes the bridge')
    .option('--written <HEAD>', 'take what this head writes, of W_OV, instead of the bridge')
    .option('--rel-pos <T>', 'relative position t of the bridge; a key in the past has a negative one', '0')
    .option('--exchange <PAIRS>', 'target:source,…, or heads whose circuits are permuted in a cycle')
    .option(
      '--component <LIST>',
      'circuits that are exchanged or transplanted: QK, OV (default: both, one by one)',
    )
    .option('--transplant <STEPS>', 'steps of the run whose layer, or circuits of --heads, are taken')
    .option('--layer <N>', 'layer that is transplanted (default: 0)')
    .option('--with-embedding', 'transplant the embedding with the layer')
    .option(
      '--claims [FILE]',
      'hold the claims of the paper, or of a file, against what comes out at the last step',
    )
    .option('--steps <LIST>', 'checkpoints to edit: all, or steps and ranges from:to:by', 'all')
    .option('--draws <N>', 'draws of each control', '20')
    .option('--seed <N>', 'seed of the controls', '0')
    .option('--out <DIR>', 'where the table and the figures go', 'bridgescope-out')
    .option('--format <LIST>', 'tables to write: parquet, csv, json', 'parquet')
    .option('--figures <LIST>', 'figures to write: png, svg, pdf', 'png')
    .option('--no-figures', 'write the table only')
    .option('--json', 'print what every edit did as JSON')
    .option('--jobs <N>', 'worker threads (default: the available cores)')
    .option('--quiet', 'no progress and no notes');
  addArchitectureOptions(command)
    .addHelpText(
      'after',
      `
lost     the share of the copying that an edit takes away, (error − error before) / (1 − error before)
control  the mean of random edits of the same size, and what nine tenths of them lie in

Writes OUT/interventions.parquet (.csv, .json), one row a number, what was done in its columns. A command that was
stopped goes on where it was. docs/interventions.md has the equations and what each control rules out.

Examples:
  $ bridgescope intervene runs/small                                    the usual study over training
  $ bridgescope intervene runs/small --remove each --steps 2000
  $ bridgescope intervene runs/small --project-keys 0:24 --heads 1.0 --written 0.0 --steps 2000
  $ bridgescope intervene runs/small --transplant 0:2000:500 --layer 0
  $ bridgescope intervene runs/* --claims                               what the paper claims, held against them`,
    )
    .action(intervene);
}

async function intervene(paths: string[], flags: Flags): Promise<void> {
  const interrupts = watchInterrupts();
  const { signal } = interrupts;
  const request = requestOf(flags);
  if (request !== undefined && flags.claims !== undefined) {
    throw new UsageError('--claims makes the edits that the claims speak of; leave the others out');
  }
  const steps = stepFilter(flags.steps);
  const controls = {
    draws: integer(flags.draws, '--draws', 0, 10_000),
    seed: integer(flags.seed, '--seed', 0),
  };
  const formats = wordList(flags.format, ['parquet', 'csv', 'json'] as const, '--format');
  const figures = flags.figures === false ? [] : figureFormats(flags.figures);
  const jobs = jobsOf(flags.jobs);
  const quiet = flags.quiet === true;
  const architecture = architectureOf(flags);

  const claims = flags.claims === undefined ? undefined : await openClaimsOf(flags.claims);
  const { openRuns } = await import('../run/folder.js');
  const { checkWritable } = await import('../run/atomic-file.js');
  const { configOfRun } = await import('../run/config-of-run.js');
  const { interveneOnRun } = await import('../causal/intervene-on-run.js');
  const { openJournal } = await import('../causal/journal.js');
  const { join } = await import('node:path');
  const runs = openRuns(paths);
  checkWritable(flags.out);
  const journal = openJournal(join(flags.out, '.interventions.jsonl'));
  const studied: IntervenedModel[] = [];
  const configs: Record<string, RunConfig> = {};
  const skipped: string[] = [];
  for (const run of runs) {
    const { config } = configOfRun(run, architecture);
    configs[run.setting] = config;
    let progress: ReturnType<typeof startProgress> | undefined;
    const result = await interveneOnRun(run, config, {
      ...{
        request: claims === undefined ? request : ('claims' as const),
        steps,
        controls,
        jobs,
        journal,
        signal,
      },
      onProgress: (done, total) => {
        progress ??= startProgress(`editing ${run.setting}`, 'edits', total, quiet);
        progress.update(done);
      },
    }).finally(() => progress?.stop());
    studied.push(result);
    skipped.push(...result.skipped);
    if (signal.aborted) break;
  }
  for (const line of skipped) say(`skipped: ${line}`);
  if (signal.aborted) {
    say('stopped early: what was judged is kept; the same command goes on from there');
    process.exitCode = interrupts.status();
    return;
  }
  if (studied.every(({ outcomes }) => outcomes.length === 0)) {
    throw new InputError('nothing could be judged; see the lines above');
  }
  const { rowsOfOutcome } = await import('../causal/edit-columns.js');
  const { saveInterventions } = await import('../causal/intervention-table.js');
  const { resultsOf } = await import('../causal/summary.js');
  const rows = studied.flatMap(({ grid, outcomes }) =>
    outcomes.flatMap((outcome) => rowsOfOutcome(outcome, grid)),
  );
  const saved = saveInterventions(rows, { version, models: configs }, flags.out, formats);
  journal.close();
  const drawn: string[] = [];
  if (figures.length > 0) {
    const { interventionFigures } = await import('../figure/interventions/intervention-figures.js');
    const { drawInterventionFigures } = await import('../figure/interventions/draw-intervention-figures.js');
    for (const { setting, grid, width, outcomes } of studied) {
      const made = interventionFigures(resultsOf(outcomes), { setting, grid, width });
      drawn.push(...(await drawInterventionFigures(made, setting, figures, flags.out)));
    }
  }
  const verdicts = claims === undefined ? undefined : await hold(claims, studied, configs);
  if (flags.json === true && verdicts !== undefined) {
    print(`${JSON.stringify({ bridgescope: version, verdicts }, null, 1)}\n`);
  } else if (flags.json === true) {
    const { resultJson } = await import('../causal/result-json.js');
    const all = studied.flatMap(({ grid, outcomes }) =>
      resultsOf(outcomes).map((result) => resultJson(result, grid)),
    );
    print(`${JSON.stringify(all, null, 1)}\n`);
  } else {
    if (verdicts !== undefined) await printVerdicts(verdicts);
    else for (const { grid, outcomes } of studied) await printResults(resultsOf(outcomes), grid);
    for (const path of saved) tell(path.endsWith('.meta.json') ? path : `${path}  ${rows.length} rows`);
    for (const line of describeFigures(drawn)) tell(line);
  }
  process.exitCode = skipped.length > 0 ? exitStatus.skipped : exitStatus.done;
}

/** What edits did at the last step, as a table. */
async function printResults(results: readonly EditResult[], grid: HeadGrid): Promise<void> {
  const { linesOfResults } = await import('../causal/result-lines.js');
  for (const line of linesOfResults(results, grid)) tell(line);
}

async function openClaimsOf(file: string | true): Promise<InterventionClaim[]> {
  const { openInterventionClaims, shippedInterventionClaims } = await import('../evidence/claims-file.js');
  return askedInFile(() => openInterventionClaims(file === true ? shippedInterventionClaims : file));
}

/** Verdicts on runs, each judged at its last step. */
async function hold(
  claims: readonly InterventionClaim[],
  studied: readonly IntervenedModel[],
  configs: Readonly<Record<string, RunConfig>>,
): Promise<InterventionVerdict[]> {
  const { claimedEdits, verdictsOfRuns } = await import('../causal/verdicts.js');
  const { resultsOf } = await import('../causal/summary.js');
  const { usualRank } = await import('../causal/run-study.js');
  const runs = studied.flatMap(({ setting, outcomes, pair, width }) => {
    const [readers, writers] = pair === undefined ? [[], []] : [[pair.reader], [pair.writer]];
    const edits = claimedEdits(resultsOf(outcomes), { readers, writers, rank: usualRank(width) });
    const config = configs[setting];
    return edits === undefined || config === undefined ? [] : [{ setting, config, edits }];
  });
  return verdictsOfRuns(claims, runs);
}

async function printVerdicts(verdicts: readonly InterventionVerdict[]): Promise<void> {
  const { shown, shownBound, shownInterval } = await import('../evidence/numbers.js');
  for (const { claim, outcome, estimate, settings } of verdicts) {
    tell(`${outcome.padEnd(16)} ${claim.claim}`);
    const number =
      estimate === null
        ? `no number from ${settings.length} runs`
        : `${shown(estimate.value)}, ${shownInterval(estimate)}, ${estimate.runs} runs`;
    tell(`${' '.repeat(17)}${claim.statistic} ${shownBound(claim.bound)}: ${number}`);
  }
}
