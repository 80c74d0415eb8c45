import type { Command } from 'commander';
import type { InterventionClaim } from '../causal/claims.js';
import type { IntervenedModel } from '../causal/intervened-model.js';
import { InputError, UsageError } from '../errors.js';
import { architectureOf } from './architecture.js';
import { askedInFile, exitStatus, print, say, tell, watchInterrupts } from './exit.js';
import { describeFigures, figureFormats } from './figures.js';
import { addHubOptions, fromHub, type HubFlags } from './from-hub.js';
import { type EditFlags, requestOf } from './intervene-request.js';
import { integer, jobsOf, stepFilter, wordList } from './options.js';
import { startCounting } from './progress.js';
import { addRunOptions, checkpointChoice, type RunFlags } from './run-options.js';
import { version } from './version.js';

interface Flags extends EditFlags, RunFlags, HubFlags {
  tokens?: string;
  steps: string;
  draws?: string;
  seed: string;
  out?: string;
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
    .argument(
      '<RUN-or-MODEL...>',
      'runs of train with their test sets, models in Hugging Face folders, series of such; NAME=PATH names the setting',
    )
    .option(
      '--remove <HEADS>',
      'heads removed together: 5.1,6.9, or the best by induction:K, previous:K, composing:K; each: one by one',
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
    .option(
      '--tokens <FILE>',
      'JSON of token ids, sequences of three equal parts, to judge copying by instead of random ones',
    )
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
    .option('--draws <N>', 'draws of each control (default: 20)')
    .option('--seed <N>', 'seed of the controls and of random tokens', '0')
    .option('--out <DIR>', 'where the table and the figures go (default: bridgescope-out)')
    .option('--format <LIST>', 'tables to write: parquet, csv, json', 'parquet')
    .option('--figures <LIST>', 'figures to write: png, svg, pdf', 'png')
    .option('--no-figures', 'write the table only')
    .option('--json', 'print what every edit did as JSON')
    .option('--jobs <N>', 'worker threads (default: the available cores)')
    .option('--quiet', 'no progress and no notes');
  addHubOptions(addRunOptions(command))
    .addHelpText(
      'after',
      `
lost     the share of the copying that an edit takes away, (error − error before) / (1 − error before)
control  the mean of random edits of the same size, and what nine tenths of them lie in

Runs of train are judged by their own test sets, other models by how they copy a random segment repeated three times.

Writes OUT/interventions.parquet (.csv, .json), one row a number, what was done in its columns. A command that was
stopped continues where it stopped. docs/interventions.md has the equations and what each control rules out.
With --tokens and --json, one edit of one model prints {"prob", "err", "wrong", "of"} and writes nothing unless --out is
given; random controls are drawn if --draws is.

Examples:
  $ bridgescope intervene runs/small                                    the usual study over training
  $ bridgescope intervene runs/small --remove each --steps 2000
  $ bridgescope intervene runs/small --project-keys 0:24 --heads 1.0 --written 0.0 --steps 2000
  $ bridgescope intervene runs/small --transplant 0:2000:500 --layer 0
  $ bridgescope intervene models/gpt2 --remove induction:10             beside ten random heads of the same layers
  $ bridgescope intervene models/gpt2 --project-keys 0:64:4 --rel-pos=-24
  $ bridgescope intervene runs/* --claims                               what the paper claims, held against them`,
    )
    .action(intervene);
}

async function intervene(sources: string[], flags: Flags): Promise<void> {
  const interrupts = watchInterrupts();
  const { signal } = interrupts;
  const request = requestOf(flags);
  if (request !== undefined && flags.claims !== undefined) {
    throw new UsageError('--claims makes the edits that the claims speak of; leave the others out');
  }
  // Somebody who brings the tokens and asks for JSON checks one number, and wants nothing else.
  const isCheck = flags.tokens !== undefined && flags.json === true && request !== undefined;
  const steps = stepFilter(flags.steps);
  const controls = {
    draws: integer(flags.draws ?? (isCheck ? '0' : '20'), '--draws', 0, 10_000),
    seed: integer(flags.seed, '--seed', 0),
  };
  const formats = wordList(flags.format, ['parquet', 'csv', 'json'] as const, '--format');
  const figures = flags.figures === false ? [] : figureFormats(flags.figures);
  const jobs = jobsOf(flags.jobs);
  const quiet = flags.quiet === true;
  const out = flags.out ?? (isCheck ? undefined : 'bridgescope-out');

  const claims = flags.claims === undefined ? undefined : await openClaimsOf(flags.claims);
  const { openModels } = await import('../run/open-model.js');
  const { sequencesFor } = await import('./copied-sequences.js');
  const { checkWritable } = await import('../files/atomic-file.js');
  const { interveneOnRun } = await import('../causal/intervene-on-run.js');
  const { interveneOnModel } = await import('../causal/intervene-on-model.js');
  const { openJournal } = await import('../causal/journal.js');
  const { join } = await import('node:path');
  const paths = await fromHub(sources, {
    needed: 'everything',
    texts: true,
    quiet,
    signal,
    cache: flags.cache,
  });
  const models = openModels(paths, {
    architecture: architectureOf(flags),
    ...checkpointChoice(flags),
  });
  const sequencesOf = sequencesFor(flags.tokens, controls.seed, quiet);
  if (out !== undefined) checkWritable(out);
  const journal = out === undefined ? undefined : openJournal(join(out, '.interventions.jsonl'));
  const studied: IntervenedModel[] = [];
  const skipped: string[] = [];
  for (const model of models) {
    if (!quiet && model.kind !== 'run') for (const note of model.notes) say(`note: ${note}`);
    const progress = startCounting(`editing ${model.name}`, quiet);
    const options = {
      ...{ request: claims === undefined ? request : ('claims' as const), steps, controls, jobs, signal },
      ...(journal && { journal }),
      onProgress: (done: number, total: number) => progress.update(done, total, 'edits'),
    };
    const { run } = model;
    const judged =
      run !== null && flags.tokens === undefined
        ? interveneOnRun({ ...model, run }, options)
        : interveneOnModel(model, sequencesOf(model), options);
    const result = await judged.finally(progress.stop);
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
  const { resultsOf } = await import('../causal/summary.js');
  const written: string[] = [];
  if (out !== undefined) {
    const configs = Object.fromEntries(models.map(({ name, config }) => [name, config]));
    const { rowsOfOutcome } = await import('../causal/edit-columns.js');
    const { saveInterventions } = await import('../causal/intervention-table.js');
    const rows = studied.flatMap(({ grid, outcomes }) =>
      outcomes.flatMap((outcome) => rowsOfOutcome(outcome, grid)),
    );
    const saved = saveInterventions(rows, { version, models: configs }, out, formats);
    journal?.close();
    for (const path of saved)
      written.push(path.endsWith('.meta.json') ? path : `${path}  ${rows.length} rows`);
    const drawn: string[] = [];
    if (figures.length > 0) {
      const { interventionFigures } = await import('../figure/interventions/intervention-figures.js');
      const { drawInterventionFigures } = await import(
        '../figure/interventions/draw-intervention-figures.js'
      );
      for (const { setting, grid, width, outcomes } of studied) {
        const made = interventionFigures(resultsOf(outcomes), { setting, grid, width });
        drawn.push(...(await drawInterventionFigures(made, setting, figures, out)));
      }
    }
    written.push(...describeFigures(drawn));
  }
  const output = await import('./intervene-output.js');
  if (claims !== undefined) {
    const verdicts = output.verdictsOf(claims, models, studied);
    if (flags.json === true) print(`${JSON.stringify({ bridgescope: version, verdicts }, null, 1)}\n`);
    else output.tellVerdicts(verdicts);
  } else if (flags.json === true) {
    const { bridgeValues } = await import('../causal/bridge-values.js');
    print(output.resultsJson(studied, isCheck, bridgeValues(models)));
  } else output.tellResults(studied);
  if (flags.json !== true) for (const line of written) tell(line);
  process.exitCode = skipped.length > 0 ? exitStatus.skipped : exitStatus.done;
}

async function openClaimsOf(file: string | true): Promise<InterventionClaim[]> {
  const { openInterventionClaims, shippedInterventionClaims } = await import('../evidence/claims-file.js');
  return askedInFile(() => openInterventionClaims(file === true ? shippedInterventionClaims : file));
}
