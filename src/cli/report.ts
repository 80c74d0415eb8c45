import type { Command } from 'commander';
import { InputError, UsageError } from '../errors.js';
import { type ArchitectureFlags, addArchitectureOptions, architectureOf } from './architecture.js';
import { exitStatus, say, tell, watchInterrupts } from './exit.js';
import { addHubOptions, fromHub, type HubFlags } from './from-hub.js';
import { integerList, jobsOf } from './options.js';
import { startCounting } from './progress.js';
import { version } from './version.js';

interface Flags extends ArchitectureFlags, HubFlags {
  out: string;
  embedSteps?: string;
  text: string[];
  ranks?: string;
  relPos?: string;
  jobs?: string;
  quiet?: true;
}

/** Adds `report`: runs as one self-contained page. */
export function reportCommand(program: Command): void {
  const command = program
    .command('report')
    .description(
      'Writes one HTML file to attach to a paper or an e-mail: the explorer with the runs in it, readable without a network, and as text and figures without JavaScript.',
    )
    .argument(
      '<RUN-or-MODEL-or-TABLE...>',
      'folders of checkpoints (NAME=PATH names one) or of such folders, models in Hugging Face folders, the folder of a sweep, .parquet, .csv, .json tables, or interventions.parquet beside them',
    )
    .requiredOption('--out <FILE.html>', 'the file to write')
    .option(
      '--embed-steps <LIST>',
      'checkpoints that go into the file, to be opened there: steps and ranges, all, or none (default: first, last, six across the transition)',
    )
    .option(
      '--text <TEXT>',
      'of models: a text that the page shows as the model reads it; may be given several times',
      (text: string, texts: string[]) => [...texts, text],
      [],
    )
    .option('--ranks <LIST>', 'ranks r of the subspaces (default: 5,10,15,20, up to the width of a head)')
    .option(
      '--rel-pos <LIST>',
      'relative positions t of R(t) (default: -35:0:5, keys in the past; 0 where positions are not rotary)',
    )
    .option('--jobs <N>', 'worker threads (default: the available cores)')
    .option('--quiet', 'no progress and no notes');
  addHubOptions(addArchitectureOptions(command))
    .addHelpText(
      'after',
      `
Examples:
  $ bridgescope report examples/small_run --out report.html
  $ bridgescope report runs/infinite runs/small --out pools.html
  $ bridgescope report runs/new --out new.html --embed-steps 0,2000:3000:200
  $ bridgescope report bridgescope-out/measures.parquet --out table.html
  $ bridgescope report runs/new bridgescope-out/interventions.parquet --out new.html
  $ bridgescope report sweeps/pool --out pool.html
  $ bridgescope report models/gpt2 --text "The cat sat on the mat. The cat sat on the" --out gpt2.html

Printing the page in a browser gives a sheet of two pages.`,
    )
    .action(report);
}

async function report(sources: string[], flags: Flags): Promise<void> {
  const interrupts = watchInterrupts();
  if (!/\.html?$/i.test(flags.out)) throw new UsageError(`--out ${flags.out}: a report is named .html`);
  const asked = flags.embedSteps;
  const embedSteps =
    asked === undefined || asked === 'all' || asked === 'none' ? asked : integerList(asked, '--embed-steps');
  const inputs = await fromHub(sources, {
    needed: flags.text.length > 0 ? 'everything' : 'vocabulary',
    texts: flags.text.length > 0,
    quiet: flags.quiet === true,
    signal: interrupts.signal,
    cache: flags.cache,
  });
  const { measureOnce } = await import('../report/measure-once.js');
  const progress = startCounting('measuring', flags.quiet === true);
  const { runsToLookAt } = await import('../sweep/runs-to-look-at.js');
  const { interventionTables, readInterventions } = await import('./plot-interventions.js');
  const { interventions, others } = await interventionTables(inputs);
  if (others.length === 0) {
    throw new UsageError(`${interventions.join(', ')}: give the runs, or the table of their measures, too`);
  }
  const edited = await readInterventions(interventions);
  const { runs, inputOf, textsOf, skipped } = await measureOnce(runsToLookAt(others), {
    ranks: flags.ranks === undefined ? undefined : integerList(flags.ranks, '--ranks'),
    relPos: flags.relPos === undefined ? undefined : integerList(flags.relPos, '--rel-pos'),
    architecture: architectureOf(flags),
    texts: flags.text,
    jobs: jobsOf(flags.jobs),
    version,
    signal: interrupts.signal,
    onProgress: (done, total) => progress.update(Math.round(10 * done) / 10, total, 'checkpoints'),
  }).finally(progress.stop);
  if (interrupts.signal.aborted) {
    process.exitCode = interrupts.status();
    say('stopped: no report was written');
    return;
  }
  if (flags.quiet !== true) {
    for (const run of runs) {
      for (const note of run.summary().provenance.notes)
        if (!skipped.includes(note)) say(`note: ${run.name}: ${note}`);
    }
  }
  for (const line of skipped) say(`skipped: ${line}`);
  // The table of a single model has numbers and no steps.
  const isBroken = (run: (typeof runs)[number]): boolean => {
    const { steps } = run.summary();
    return steps.length > 0 && steps.every(({ status }) => status === 'broken');
  };
  if (runs.every(isBroken)) {
    throw new InputError('nothing could be measured; see the lines above');
  }
  const { makeReport } = await import('../report/report.js');
  const { writeFileAtomically } = await import('../files/atomic-file.js');
  const html = await makeReport(runs, { version, embedSteps, inputOf, textsOf, interventions: edited });
  const bytes = new TextEncoder().encode(html);
  writeFileAtomically(flags.out, bytes);
  tell(`${flags.out}  ${(bytes.length / 1e6).toFixed(1)} MB`);
  process.exitCode = skipped.length > 0 ? exitStatus.skipped : exitStatus.done;
}
