import type { Command } from 'commander';
import { InputError } from '../errors.js';
import type { Claim } from '../stats/claims.js';
import type { StudiedRun } from '../stats/study.js';
import type { Verdict } from '../stats/verdict.js';
import { askedInFile, exitStatus, print, say, tell, watchInterrupts } from './exit.js';
import { integer, jobsOf } from './options.js';
import { startProgress } from './progress.js';
import { version } from './version.js';

interface Flags {
  json?: true;
  out?: string;
  claims?: string;
  rank: string;
  relPos: string;
  evaluate: boolean;
  jobs?: string;
  quiet?: true;
}

/** Adds `evidence`: claims held against runs. */
export function evidenceCommand(program: Command): void {
  program
    .command('evidence')
    .description(
      'Holds the claims that the paper makes on the copying task against measured runs, and says which held, which failed, and for which there are not enough runs, with numbers and intervals.',
    )
    .argument('<DIR>', 'the folder of a sweep, a folder of run folders, one run, or a table')
    .option('--out <FILE.html>', 'write the verdicts, figures and runs as one page')
    .option('--json', 'print verdicts, thresholds and every run’s transition as JSON')
    .option('--claims <FILE>', 'claims of your own, YAML or JSON (default: those of the paper)')
    .option('--rank <R>', 'rank of the subspaces whose match is used, or the nearest that was measured', '10')
    .option('--rel-pos <T>', 'relative position t of R(t)', '0')
    .option(
      '--no-evaluate',
      'take err_ood above its floor where a run has no copy_err, rather than evaluate its checkpoints',
    )
    .option('--jobs <N>', 'worker threads (default: the available cores)')
    .option('--quiet', 'no progress and no notes')
    .addHelpText(
      'after',
      `
held             the whole interval of the claim's number keeps its bound
failed           the whole interval breaks it
not enough runs  the interval does both, or no interval is sure enough yet

Runs that have no table are measured first, which takes a second for a hundred checkpoints. The claims are a
data file, claims/synthetic-task.yaml: copy it, change it, and give it with --claims. A failed claim is a
result, not an error: the exit status is 0. docs/statistics.md says how each number is made.

Examples:
  $ bridgescope evidence sweeps/pool --out evidence.html
  $ bridgescope evidence runs                              run folders, such as the six published settings
  $ bridgescope evidence sweeps/pool --json > evidence.json`,
    )
    .action(evidence);
}

async function evidence(path: string, flags: Flags): Promise<void> {
  const interrupts = watchInterrupts();
  const quiet = flags.quiet === true;
  const jobs = jobsOf(flags.jobs);
  const rank = integer(flags.rank, '--rank', 1);
  const relPos = integer(flags.relPos, '--rel-pos', -1e6, 1e6);
  const { openClaims, shippedClaims } = await import('../evidence/claims-file.js');
  const claims = askedInFile(() => openClaims(flags.claims ?? shippedClaims));
  const { openRunsBelow } = await import('../evidence/open-runs.js');
  let label = '';
  let progress: ReturnType<typeof startProgress> | undefined;
  const opened = await openRunsBelow(path, {
    jobs,
    evaluate: flags.evaluate,
    rank,
    relPos,
    signal: interrupts.signal,
    onProgress: (now, done, total) => {
      if (now !== label) {
        progress?.stop();
        progress = startProgress(now, 'checkpoints', total, quiet);
        label = now;
      }
      progress?.update(done);
    },
  }).finally(() => progress?.stop());
  if (interrupts.signal.aborted) {
    process.exitCode = interrupts.status();
    return;
  }
  for (const line of opened.skipped) say(`skipped: ${line}`);

  const { studyRuns } = await import('../stats/study.js');
  const { verdictsOf } = await import('../stats/verdict.js');
  const runs = studyRuns(opened.table, opened.configs, { rank, method: 'mean', relPos }, opened.evaluated);
  if (runs.length === 0) throw new InputError(`${path}: its tables hold no rows; measure the runs again`);
  const verdicts = verdictsOf(claims, runs);
  const notes = [...opened.notes, ...unfinishedNotes(runs), ...shortNotes(runs, claims)];
  if (!quiet) for (const note of notes) say(`note: ${note}`);
  if (flags.out !== undefined) {
    const { basename, resolve } = await import('node:path');
    const { evidencePage } = await import('../evidence/page.js');
    const { writeFileAtomically } = await import('../files/atomic-file.js');
    const source = basename(resolve(path));
    const page = evidencePage({ version, source, verdicts, runs, notes });
    writeFileAtomically(flags.out, new TextEncoder().encode(page));
  }
  if (flags.json === true) {
    const { evidenceJson } = await import('../evidence/evidence-json.js');
    print(`${JSON.stringify(evidenceJson(version, verdicts, runs), null, 1)}\n`);
  } else {
    await printVerdicts(verdicts);
    if (flags.out !== undefined) tell(flags.out);
  }
  process.exitCode = opened.skipped.length > 0 ? exitStatus.skipped : exitStatus.done;
}

function unfinishedNotes(runs: readonly StudiedRun[]): string[] {
  const unfinished = runs.filter(({ transition }) => !transition.finished);
  if (unfinished.length === 0) return [];
  const names = unfinished.slice(0, 5).map(({ data }) => data.setting);
  const more = unfinished.length > names.length ? ', …' : '';
  return [
    `${unfinished.length} of ${runs.length} runs are not finished, so the verdicts leave them out: ${names.join(', ')}${more}`,
  ];
}

/** Runs that are finished, and too short for every claim. */
function shortNotes(runs: readonly StudiedRun[], claims: readonly Claim[]): string[] {
  const needed = claims.reduce((least, { needs }) => Math.min(least, needs.steps), Number.POSITIVE_INFINITY);
  const short = runs.filter(
    ({ data, transition }) => transition.finished && data.config.num_epoch < needed,
  ).length;
  if (short === 0) return [];
  return [
    `${short} of ${runs.length} runs have fewer than the ${needed} steps from which on claims can be judged, so the verdicts leave them out`,
  ];
}

async function printVerdicts(verdicts: readonly Verdict[]): Promise<void> {
  const { neededRuns, shownBound, shownInterval, shownValue, statisticOf } = await import(
    '../evidence/numbers.js'
  );
  for (const verdict of verdicts) {
    const { claim, outcome, estimate } = verdict;
    tell(`${outcome.padEnd(16)} ${claim.claim}`);
    const number =
      estimate === null
        ? 'no number yet'
        : `${shownValue(statisticOf(verdict), estimate)}, ${shownInterval(estimate)}`;
    const needed = outcome === 'not enough runs' ? `; judged from ${neededRuns(claim)} on` : '';
    tell(`${' '.repeat(17)}${claim.statistic} ${shownBound(claim.bound)}: ${number}${needed}`);
  }
  const count = (outcome: Verdict['outcome']) =>
    verdicts.filter((verdict) => verdict.outcome === outcome).length;
  tell(`${count('held')} held, ${count('failed')} failed, ${count('not enough runs')} not enough runs`);
}
