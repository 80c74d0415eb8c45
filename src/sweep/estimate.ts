import { writeTorchFile } from '../checkpoint/torch-write.js';
import { kernels } from '../linalg/kernels.js';
import { parameterLayout } from '../model/parameters.js';
import { stateOf } from '../model/state.js';
import type { RunConfig } from '../run/config.js';
import { savedSteps } from '../run/saved-steps.js';
import { measureCheckpoint } from '../series/measure-checkpoint.js';
import { createTeam } from '../train/create-team.js';
import { evaluationSteps } from '../train/evaluation-steps.js';
import { createTask } from '../train/task.js';
import { initialState } from '../train/train-steps.js';
import type { PlannedTraining } from './expand.js';
import type { Keep, PlannedMeasures } from './plan.js';
import { stepCost } from './run-cost.js';

/** What runs will take. */
export interface SweepEstimate {
  /** Seconds of one core. */
  readonly seconds: number;
  /** Bytes that stay. */
  readonly kept: number;
  /** The most bytes that one run takes while it is at work. */
  readonly working: number;
}

/** Shapes that are tried out; the times of others follow from their cost. */
const mostShapes = 6;

/** Every entry of `err_arr.json` has about so many bytes. */
const entryBytes = 330;

/**
 * Estimates time and disk of runs, from a few steps, one evaluation and one measuring of some of them on this machine.
 * @throws InputError when a run cannot be trained here
 */
export async function estimate(runs: readonly PlannedTraining[], keep: Keep): Promise<SweepEstimate> {
  const shapes = new Map<string, PlannedTraining>();
  for (const run of runs) shapes.set(shapeOf(run.config), run);
  const all = [...shapes.values()].sort((a, b) => stepCost(a.config) - stepCost(b.config));
  const tried: { readonly cost: number; readonly pace: Pace }[] = [];
  for (const { config, measure } of spread(all, mostShapes)) {
    tried.push({ cost: stepCost(config), pace: await tryOut(config, measure) });
  }
  const sizes = new Map<string, number>();
  let [seconds, kept, working] = [0, 0, 0];
  for (const { config } of runs) {
    const cost = stepCost(config);
    const near = tried.reduce((best, one) =>
      distance(one.cost, cost) < distance(best.cost, cost) ? one : best,
    );
    seconds += runSeconds(config, near.pace, cost / near.cost);
    const shape = shapeOf(config);
    const size = sizes.get(shape) ?? checkpointBytes(config);
    sizes.set(shape, size);
    const bytes = runBytes(config, keep, size);
    kept += bytes.kept;
    working = Math.max(working, bytes.working);
  }
  return { seconds, kept, working };
}

/** Seconds of the parts of a run. */
interface Pace {
  readonly start: number;
  readonly step: number;
  readonly evaluation: number;
  readonly checkpoint: number;
}

/** How long the steps that are tried out take together at least, in milliseconds. */
const trial = 300;

async function tryOut(config: RunConfig, measure: PlannedMeasures): Promise<Pace> {
  const begun = performance.now();
  const task = createTask(config);
  const sets = { test: task.testSet(), ood: task.oodSet() };
  const layout = parameterLayout(config);
  const team = await createTeam({ config, sets, jobs: 1, fast: false });
  try {
    await team.load(initialState(config, layout));
    // The first steps wait for the compiler.
    await team.train(0, 2, () => {});
    const start = performance.now() - begun;
    let steps = 0;
    const training = await milliseconds(async () => {
      const from = performance.now();
      while (performance.now() - from < trial) {
        await team.train(2 + steps, 3 + steps, () => {});
        steps++;
      }
    });
    const evaluation = await milliseconds(() => team.evaluate(2 + steps));
    const state = stateOf(team.state.parameters, layout);
    const plan = { config, ranks: measure.ranks, relPos: measure.rel_pos };
    const measureOnce = () => measureCheckpoint(state, plan, kernels, 'the trial');
    measureOnce();
    const checkpoint = await milliseconds(async () => measureOnce());
    return {
      start: start / 1000,
      step: training / steps / 1000,
      evaluation: evaluation / 1000,
      // Measured once, and written and read once.
      checkpoint: checkpoint / 1000 + 0.005,
    };
  } finally {
    await team.close();
  }
}

async function milliseconds(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now();
  await work();
  return performance.now() - begun;
}

function runSeconds(config: RunConfig, pace: Pace, scale: number): number {
  const evaluations = evaluationSteps(config, null).size;
  const checkpoints = countSaved(config);
  return (
    pace.start +
    scale * (config.num_epoch * pace.step + evaluations * pace.evaluation) +
    checkpoints * pace.checkpoint
  );
}

function runBytes(config: RunConfig, keep: Keep, checkpoint: number): { kept: number; working: number } {
  const { sample_size_test: tests, max_seq_len: length, num_epoch } = config;
  const testSets = 2 * tests * 8 * (length + 3);
  const log = num_epoch * entryBytes;
  const evaluations = evaluationSteps(config, null).size;
  const saved = countSaved(config);
  // Values of eight bytes that hardly compress: some 12 of each evaluation, some 40 of each checkpoint.
  const table = 8 * (12 * evaluations + 40 * saved) + 8192;
  const state = 3 * 4 * parameterLayout(config).length;
  const working = (saved + 1) * checkpoint + testSets + log + table + state;
  if (keep === 'all') return { kept: working, working };
  if (keep === 'none') return { kept: table + 8192, working };
  const always = log + table + 8192;
  if (keep === 'last') return { kept: always + testSets + checkpoint, working };
  const steps = new Set(keep);
  let count = 0;
  for (const step of savedSteps(config)) if (steps.has(step)) count++;
  return { kept: always + testSets + count * checkpoint, working };
}

function checkpointBytes(config: RunConfig): number {
  const layout = parameterLayout(config);
  return writeTorchFile(stateOf(new Float32Array(layout.length), layout), 'ckpt').length;
}

function countSaved(config: RunConfig): number {
  let count = 0;
  for (const _ of savedSteps(config)) count++;
  return count;
}

/** What the time of a step depends on. */
function shapeOf(config: RunConfig): string {
  const { seed: _, pool_size: _pool, lr: _lr, wd: _wd, num_epoch: _steps, n_save: _saves, ...shape } = config;
  return JSON.stringify(shape);
}

function spread<Item>(items: readonly Item[], most: number): Item[] {
  if (items.length <= most) return [...items];
  const places = Array.from({ length: most }, (_, at) => Math.round((at * (items.length - 1)) / (most - 1)));
  return places.flatMap((place) => items.slice(place, place + 1));
}

/** On a logarithmic scale. */
function distance(a: number, b: number): number {
  return Math.abs(Math.log(a / b));
}
