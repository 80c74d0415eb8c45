import { batch, type ReadonlySignal, signal } from '@preact/signals';
import type { LabEvent, LabOrder } from '../../src/lab/events.js';
import { LabRecord } from '../../src/lab/lab-record.js';
import type { RunConfig } from '../../src/run/config.js';
import { savedSteps } from '../../src/run/saved-steps.js';
import { type Curves, curvesOf } from '../../src/series/curves.js';
import { Growth } from '../../src/server/growth.js';
import type { Manifest } from '../../src/train/run-files.js';
import { manifestName } from '../../src/train/run-files.js';
import { createTask } from '../../src/train/task.js';
import { noCurves } from '../source/join-curves.js';
import type { Provenance, RunProgress, RunSource, StepInfo, TestSequences } from '../source/run-source.js';
import LabWorker from './lab.worker.ts?worker';

/** `ready`: not begun; `ended`: its worker was ended before the last step; `failed`: it cannot go on. */
export type LabPhase = 'ready' | 'training' | 'pausing' | 'paused' | 'finished' | 'ended' | 'failed';

/** A run that is trained in this page, by a worker of its own. */
export interface LabRun extends RunSource {
  readonly config: RunConfig;
  readonly phase: ReadonlySignal<LabPhase>;
  /** Why it failed. */
  readonly failure: ReadonlySignal<string | undefined>;
  /** Updates done, and the mean loss of the last. */
  readonly step: ReadonlySignal<number>;
  readonly loss: ReadonlySignal<number | undefined>;
  /** Steps per second of late; undefined while it does not train. */
  readonly pace: ReadonlySignal<number | undefined>;
  /** Whether it should be training but has not been heard of for a while. */
  readonly isSilent: ReadonlySignal<boolean>;
  /** Its run folder and its numbers. */
  readonly record: LabRecord;
  /** Trains on: to the end, or so many steps. */
  run(steps?: number): void;
  /** Trains on to the next checkpoint. */
  runToCheckpoint(): void;
  /** Stops after the present step. */
  pause(): void;
  /** Ends its worker for good; what was kept stays. */
  end(): void;
}

/** How often charts are drawn anew while a run grows, in milliseconds. */
const drawInterval = 200;

/** A worker that has said nothing for so long, in milliseconds, is slowed down, stuck or gone: large steps take a second. */
const patience = 12_000;

/** How many sequences of a test set can be chosen from. */
const shownSequences = 50;

/** A run that can be begun; nothing is computed before that. */
export function createLabRun(setting: string, config: RunConfig): LabRun {
  const record = new LabRecord();
  const phase = signal<LabPhase>('ready');
  const failure = signal<string>();
  const step = signal(0);
  const loss = signal<number>();
  const pace = signal<number>();
  const isSilent = signal(false);
  const curves = signal<Curves>(noCurves);
  const steps = signal<readonly StepInfo[]>([]);
  const progress = signal<RunProgress>(progressOf('ready', 0, 0, config.num_epoch));
  const provenance = signal<Provenance>({
    version: __VERSION__,
    config,
    checkpoints: {},
    notes: ['trained in this page'],
  });
  let growth = new Growth();
  let seenManifest: Uint8Array | undefined;
  let heard = 0;
  let worker: Worker | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let watch: ReturnType<typeof setInterval> | undefined;

  const order = (what: LabOrder) => worker?.postMessage(what);
  /** Charts depend on all of this, so it changes at once and not with every step. */
  const draw = () => {
    timer = undefined;
    batch(() => {
      curves.value = curvesOf(record.table(setting));
      if (record.steps.length !== steps.value.length) {
        steps.value = record.steps.map((at) => ({ step: at, status: 'ready' }));
      }
      const manifest = record.files.get(manifestName);
      if (manifest !== seenManifest) {
        seenManifest = manifest;
        provenance.value = { ...provenance.value, checkpoints: hashesOf(record) };
      }
      tell();
    });
  };
  const drawSoon = () => {
    timer ??= setTimeout(draw, drawInterval);
  };
  const listen = () => {
    isSilent.value = performance.now() - heard > patience;
  };
  const enter = (next: LabPhase) => {
    phase.value = next;
    clearInterval(watch);
    isSilent.value = false;
    heard = performance.now();
    if (next === 'training') watch = setInterval(listen, patience / 4);
    growth = new Growth();
    pace.value = undefined;
    tell();
  };
  const tell = () => {
    progress.value = {
      ...progressOf(phase.value, record.steps.length, step.value, config.num_epoch),
      ...(pace.value !== undefined && { stepsPerSecond: pace.value }),
    };
  };
  const fail = (message: string) => {
    failure.value = message;
    worker?.terminate();
    worker = undefined;
    draw();
    enter('failed');
  };
  const take = (event: LabEvent) => {
    heard = performance.now();
    record.take(event);
    switch (event.kind) {
      case 'progress':
        step.value = event.step;
        loss.value = event.loss;
        growth.observe(performance.now(), event.step);
        if (phase.value === 'training') pace.value = growth.stepsPerSecond;
        break;
      case 'evaluated':
      case 'measured':
      case 'baselines':
        drawSoon();
        break;
      case 'paused':
      case 'finished':
        draw();
        enter(event.kind);
        if (event.kind === 'finished') {
          worker?.terminate();
          worker = undefined;
        }
        break;
      case 'failed':
        fail(event.message);
    }
  };
  const begin = () => {
    worker = new LabWorker();
    worker.onmessage = ({ data }: MessageEvent<LabEvent>) => take(data);
    worker.onerror = (event) => {
      event.preventDefault();
      fail(describeCrash(event.message));
    };
    worker.onmessageerror = () => fail(describeCrash('a message was lost'));
    order({ kind: 'begin', config, version: __VERSION__ });
  };

  return {
    setting,
    config,
    curves,
    // Models that train in a page have few heads.
    blocks: signal([]),
    heads: signal(undefined),
    steps,
    progress,
    provenance,
    phase,
    failure,
    step,
    loss,
    pace,
    isSilent,
    record,
    checkpoint: async (at) => record.checkpoint(at),
    testSequences: async (set) => firstSequences(config, set),
    run(count) {
      if (phase.value !== 'ready' && phase.value !== 'paused') return;
      if (worker === undefined) begin();
      order(count === undefined ? { kind: 'run' } : { kind: 'run', steps: count });
      enter('training');
    },
    runToCheckpoint() {
      for (const at of savedSteps(config)) {
        if (at > step.value) {
          this.run(at - step.value);
          return;
        }
      }
      this.run();
    },
    pause() {
      if (phase.value !== 'training') return;
      order({ kind: 'pause' });
      phase.value = 'pausing';
    },
    end() {
      if (worker === undefined) return;
      worker.terminate();
      worker = undefined;
      clearTimeout(timer);
      draw();
      enter('ended');
    },
  };
}

function progressOf(phase: LabPhase, checkpoints: number, lastStep: number, endStep: number): RunProgress {
  const isGrowing = phase === 'training' || phase === 'pausing';
  return {
    phase: isGrowing ? 'training' : phase === 'ready' ? 'waiting' : phase === 'paused' ? phase : 'done',
    measured: checkpoints,
    checkpoints,
    lastStep,
    endStep,
  };
}

/** Hashes by step, as the manifest has them by file. */
function hashesOf({ files }: LabRecord): Record<string, string> {
  const manifest = files.get(manifestName);
  if (manifest === undefined) return {};
  const { checkpoints } = JSON.parse(new TextDecoder().decode(manifest)) as Manifest;
  return Object.fromEntries(
    Object.entries(checkpoints).flatMap(([name, hash]) => {
      const step = /^ckpt_(\d+)\./.exec(name)?.[1];
      return step === undefined ? [] : [[step, hash]];
    }),
  );
}

/** The first sequences of a test set: drawn anew, since each is a function of the config and its number. */
function firstSequences(config: RunConfig, set: 'test' | 'ood'): TestSequences {
  const count = Math.min(shownSequences, config.sample_size_test);
  const task = createTask({ ...config, sample_size_test: count });
  const { tokens, lengths, starts } = set === 'test' ? task.testSet() : task.oodSet();
  const length = config.max_seq_len;
  const rows = Array.from({ length: count }, (_, row) => row);
  return {
    tokens: rows.map((row) => [...tokens.subarray(row * length, (row + 1) * length)]),
    lengths: [...lengths],
    starts: starts && rows.map((row) => [starts[2 * row]!, starts[2 * row + 1]!] as const),
  };
}

function describeCrash(message: string): string {
  const isMemory = /memory|allocation|out of range/i.test(message);
  const what = isMemory
    ? 'the browser ran out of memory; choose a smaller model, fewer checkpoints, or close other tabs'
    : `the training worker stopped unexpectedly (${message || 'no reason given'})`;
  return `${what}. What was trained so far is kept: download it, or start again`;
}
