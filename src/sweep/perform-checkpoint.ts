import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { appendHeadRows } from '../behaviour/head-rows.js';
import { headsOfModel } from '../behaviour/model-heads.js';
import { usualTokens } from '../behaviour/usual-tokens.js';
import { rowsOfOutcome } from '../causal/edit-columns.js';
import { interveneOnModel } from '../causal/intervene-on-model.js';
import { saveInterventions } from '../causal/intervention-table.js';
import { parseHeads } from '../causal/request.js';
import { InputError } from '../errors.js';
import { writeFileAtomically } from '../files/atomic-file.js';
import { isOnHub, localModel } from '../hub/local-models.js';
import type { Needed } from '../hub/needed-tensors.js';
import { prefetch } from '../hub/prefetch.js';
import { hubSettings } from '../hub/settings.js';
import { needVocabulary } from '../measures/model-plan.js';
import { type OpenedModel, openModel } from '../run/open-model.js';
import { measureModels } from '../series/measure-models.js';
import type { RunRecord as MeasuredRun } from '../series/measure-runs.js';
import { parsePairs } from '../series/pair-request.js';
import { TableBuilder } from '../series/table.js';
import { tableMetadata, tableName } from '../tables/meta.js';
import { writeParquet } from '../tables/parquet.js';
import { specialTokens } from '../text/open-text.js';
import type { CheckpointWork, MeasureWork } from './models-plan.js';
import type { CheckpointOrder, RunEnd, RunWatch } from './run-order.js';
import { openRecord, saveRecord } from './run-record.js';
import { finishedFolder, takeOver } from './sweep-folder.js';

/**
 * Works on one checkpoint of a model: measures it, runs it, edits it, as the plan says. Its table moves to its final place in one
 * step; whoever was killed before is repeated, to the same bytes.
 * @throws InputError when the model cannot be had or measured, when the disk is full, or when another process took it over
 */
export async function performCheckpoint(
  order: CheckpointOrder,
  { signal, onStep }: RunWatch,
): Promise<RunEnd> {
  const { folder, setting, hash, version, work, threads } = order;
  const started = performance.now();
  const claim = takeOver(folder, setting);
  const final = finishedFolder(folder, setting);
  const finished = openRecord(final);
  if (finished !== null) {
    if (finished.hash !== hash) throw new InputError(`${final}: holds other work; move it away`);
    // Whoever lost the checkpoint before was just about to finish it.
    rmSync(claim.path, { recursive: true, force: true });
    return { status: 'done', step: 1 };
  }
  const model = await openCheckpoint(order, signal);
  const table = new TableBuilder();
  let runs: Readonly<Record<string, MeasuredRun>> = {
    [model.name]: { config: model.config as MeasuredRun['config'], checkpoints: {} },
  };
  if (work.measure !== null)
    runs = { ...runs, ...(await measured(model, work.measure, threads, signal, table)) };
  if (work.heads !== null) await appendHeads(model, work.heads, threads, signal, table);
  const rows = work.intervene === null ? null : await intervened(model, work.intervene, threads, signal);
  if (signal.aborted) return { status: 'stopped', step: 0 };
  claim.check();
  if (rows !== null) {
    saveInterventions(rows, { version, models: { [model.name]: model.config } }, claim.path, ['parquet']);
  }
  writeFileAtomically(join(claim.path, tableName), writeParquet(table.build(), tableMetadata(version, runs)));
  saveRecord(claim.path, {
    bridgescope: version,
    hash,
    measure: null,
    seconds: (performance.now() - started) / 1000,
  });
  claim.publish();
  onStep(1);
  return { status: 'done', step: 1 };
}

/** The model at the step of the order; of one on the Hub, what the work reads is fetched. */
async function openCheckpoint(
  { source, name, step, work }: CheckpointOrder,
  signal: AbortSignal,
): Promise<OpenedModel> {
  const settings = hubSettings();
  const onHub = isOnHub(source);
  const texts = work.heads !== null || work.intervene !== null;
  const path = onHub ? (await localModel(source, settings, { texts })).folder : source;
  const model = openModel(path);
  const found = onHub ? model.steps[0] : model.steps.find((one) => one.step === step);
  if (found === undefined) throw new InputError(`${path}: has no step ${step} any more`);
  const opened = { ...model, name, steps: [{ ...found, step }] };
  if (onHub) await prefetch([opened], neededBy(work), settings, { signal });
  return opened;
}

function neededBy({ measure, heads, intervene }: CheckpointWork): Needed {
  if (heads !== null || intervene !== null) return 'everything';
  return measure?.measures !== null && !needVocabulary(measure?.measures ?? []) ? 'attention' : 'vocabulary';
}

async function measured(
  model: OpenedModel,
  { measures, ranks, rel_pos, fold_norm, pairs }: MeasureWork,
  jobs: number,
  signal: AbortSignal,
  into: TableBuilder,
): Promise<Readonly<Record<string, MeasuredRun>>> {
  const { runs, skipped } = await measureModels([model], {
    ...{ relPos: rel_pos, foldNorm: fold_norm, jobs, signal, into },
    ...(measures && { measures }),
    ...(ranks && { ranks }),
    pairs: pairs === null ? { kind: 'usual' } : parsePairs(pairs),
    steps: () => true,
  });
  if (skipped.length > 0 && !signal.aborted)
    throw new InputError(`could not be measured: ${skipped.join('; ')}`);
  return runs;
}

async function appendHeads(
  model: OpenedModel,
  { seed }: NonNullable<CheckpointWork['heads']>,
  jobs: number,
  signal: AbortSignal,
  into: TableBuilder,
): Promise<void> {
  const { architecture, config } = model;
  const special = await specialTokens(model);
  const draw = (repeats: number) => usualTokens(architecture, config, repeats, { seed }, special);
  const { steps } = await headsOfModel(model, {
    ...{ twice: draw(2), thrice: draw(3), steps: () => true, jobs, signal },
  });
  appendHeadRows(into, model.name, architecture, steps);
}

async function intervened(
  model: OpenedModel,
  { remove, draws, seed }: NonNullable<CheckpointWork['intervene']>,
  jobs: number,
  signal: AbortSignal,
) {
  const { architecture, config } = model;
  const { grid, outcomes, skipped } = await interveneOnModel(
    model,
    usualTokens(architecture, config, 3, { seed }),
    {
      request: { remove: parseHeads(remove, 'remove'), projections: [] },
      ...{ steps: () => true, controls: { draws, seed }, jobs, signal },
    },
  );
  if (skipped.length > 0 && !signal.aborted)
    throw new InputError(`could not be edited: ${skipped.join('; ')}`);
  return outcomes.flatMap((outcome) => rowsOfOutcome(outcome, grid));
}
