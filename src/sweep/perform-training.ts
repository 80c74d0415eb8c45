import { readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../errors.js';
import { writeFileAtomically } from '../files/atomic-file.js';
import { openRun } from '../run/folder.js';
import { savedSteps } from '../run/saved-steps.js';
import { measureRuns } from '../series/measure-runs.js';
import { tableMetadata, tableName } from '../tables/meta.js';
import { writeParquet } from '../tables/parquet.js';
import { logName, stateName } from '../train/run-files.js';
import { trainRun } from '../train/train-run.js';
import { onlyMatches } from './match-choice.js';
import type { Keep } from './plan.js';
import type { RunEnd, RunWatch, TrainingOrder } from './run-order.js';
import { openRecord, type SweptRun, sameMeasure, saveRecord } from './run-record.js';
import { finishedFolder, takeOver } from './sweep-folder.js';

/**
 * Makes one run of a sweep: trains it, from where it was stopped, measures it, drops the checkpoints that are not to be kept, and
 * moves it to its final place. Whenever it is killed, the next call goes on to the same bytes.
 * @throws InputError when it cannot be trained or measured, when the disk is full, or when another process took it over
 */
export async function performTraining(order: TrainingOrder, { signal, onStep }: RunWatch): Promise<RunEnd> {
  const { folder, setting, config, hash, keep, measure, version, threads } = order;
  const started = performance.now();
  const claim = takeOver(folder, setting);
  const { path } = claim;
  const finished = openRecord(finishedFolder(folder, setting));
  if (finished !== null) {
    if (finished.hash !== hash) {
      throw new InputError(`${finishedFolder(folder, setting)}: holds a run of another config; move it away`);
    }
    // Whoever lost the run before was just about to finish it.
    rmSync(path, { recursive: true, force: true });
    if (!sameMeasure(finished.measure, measure) && !(await remeasured(order, finished, signal))) {
      return { status: 'stopped', step: config.num_epoch };
    }
    return { status: 'done', step: config.num_epoch };
  }
  if (openRecord(path)?.hash !== hash) {
    const lost = new AbortController();
    const stop = AbortSignal.any([signal, lost.signal]);
    const advance = (step: number) => {
      try {
        claim.check();
        onStep(step);
      } catch {
        lost.abort();
      }
    };
    const trained = await trainRun({
      out: path,
      config,
      ifThere: 'resume',
      evalEvery: null,
      jobs: threads,
      fast: false,
      formats: ['pt'],
      version,
      signal: stop,
      onBegin: advance,
      onProgress: (progress) => advance(progress.step),
    });
    claim.check();
    const table = trained.finished ? await measured(path, order, stop) : null;
    if (table === null) return { status: 'stopped', step: trained.step };
    writeFileAtomically(join(path, tableName), table);
    // From here on nothing needs the checkpoints: the record says so.
    saveRecord(path, { bridgescope: version, hash, measure, seconds: (performance.now() - started) / 1000 });
  }
  prune(path, keep);
  claim.publish();
  return { status: 'done', step: config.num_epoch };
}

/** Measures a finished run in another way; its record says so last, so that whatever happens before happens again. */
async function remeasured(order: TrainingOrder, record: SweptRun, signal: AbortSignal): Promise<boolean> {
  const path = finishedFolder(order.folder, order.setting);
  const table = await measured(path, order, signal);
  if (table === null) return false;
  writeFileAtomically(join(path, tableName), table);
  saveRecord(path, { ...record, bridgescope: order.version, measure: order.measure });
  return true;
}

/** The run's table as Parquet; null when stopped. */
async function measured(
  path: string,
  { setting, config, measure, version }: TrainingOrder,
  signal: AbortSignal,
): Promise<Uint8Array | null> {
  const run = openRun(`${setting}=${path}`);
  const there = new Set(run.checkpoints.map(({ step }) => step));
  for (const step of savedSteps(config)) {
    if (there.has(step)) continue;
    throw new InputError(`${path}: ckpt_${step}.pt is missing; remove the folder to make the run again`);
  }
  const { table, runs, skipped } = await measureRuns([run], {
    ranks: measure.ranks,
    relPos: measure.rel_pos,
    steps: () => true,
    jobs: 1,
    architecture: {},
    signal,
  });
  if (signal.aborted) return null;
  if (skipped.length > 0) throw new InputError(`could not be measured: ${skipped.join('; ')}`);
  return writeParquet(onlyMatches(table, measure.match), tableMetadata(version, runs));
}

/** Removes what is not to be kept, and what a write that was cut short left behind. */
function prune(path: string, keep: Keep): void {
  for (const name of readdirSync(path)) {
    if (!isKept(name, keep)) rmSync(join(path, name), { force: true });
  }
}

function isKept(name: string, keep: Keep): boolean {
  if (name.endsWith('.partial')) return false;
  if (keep === 'all') return true;
  // The run is done, and test sets follow from the config: only checkpoints need them.
  if (name === stateName) return false;
  // The table holds each evaluation once; the log repeats it at every step.
  if (name === logName) return keep !== 'none';
  if (/^test(_ood)?\.pth$/.test(name)) return keep !== 'none';
  const step = /^ckpt(?:_(\d+))?\.pt$/.exec(name);
  if (step === null) return true;
  if (step[1] === undefined) return keep === 'last';
  return typeof keep !== 'string' && keep.includes(Number(step[1]));
}
