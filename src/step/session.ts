import { createEditContext, type Edit, type EditContext } from '../causal/edit.js';
import type { LinearAlgebra } from '../linalg/algebra.js';
import { type BaselineSummary, randomCosines } from '../measures/random-baseline.js';
import { headWidth } from '../model/config.js';
import { createEngine } from '../model/create-engine.js';
import type { Engine } from '../model/engine.js';
import type { RunConfig } from '../run/config.js';
import { editedParameters, parametersOfStep, weightsOfStep } from './edited-parameters.js';
import { type OpenedStep, openStep } from './open-step.js';

/**
 * Checkpoints that a reader looks at, opened, and an engine that computes with them. Those looked at last are kept, so that
 * going back and forth decomposes nothing again.
 */
export interface StepSession {
  /** Whether a checkpoint is open. */
  has(key: string): boolean;
  /** Opens one. @param key any name that no other checkpoint has   @throws InputError as `openStep` */
  open(key: string, bytes: Uint8Array, config: RunConfig, file: string): OpenedStep;
  /** One that is open. @throws Error when it is not */
  get(key: string): OpenedStep;
  /**
   * An engine with the checkpoint's parameters, edited or not, until the next call.
   * @throws InputError when the model is too large
   */
  engine(key: string, edits?: readonly Edit[]): Engine;
  /** 5 % to 95 % of each principal cosine between random subspaces. */
  randomCosines(d: number, rank: number): readonly BaselineSummary[];
}

/** What the kept checkpoints may take together; a published one takes some 2 MB with its decompositions. */
const mostBytes = 128 << 20;
const mostSteps = 12;

/** About what the curves over 81 relative positions keep of one pair: the reader's directions on those of the writer. */
function decomposedBytes(config: RunConfig): number {
  const width = headWidth(config);
  return 81 * 8 * width * Math.min(width, 20);
}

/** A session with nothing open. */
export function createStepSession(algebra: LinearAlgebra): StepSession {
  const opened = new Map<string, { readonly step: OpenedStep; readonly bytes: number }>();
  const baselines = new Map<string, readonly BaselineSummary[]>();
  let machine: { readonly architecture: string; readonly engine: Engine } | undefined;
  let loaded: { readonly step: OpenedStep; readonly edits: string } | undefined;
  /** What edits of a step have found in it. */
  const contexts = new WeakMap<OpenedStep, EditContext>();

  const forget = () => {
    let bytes = [...opened.values()].reduce((sum, entry) => sum + entry.bytes, 0);
    for (const [key, entry] of opened) {
      // The last two always stay: one is shown, the other gives the scale.
      if (opened.size <= 2 || (opened.size <= mostSteps && bytes <= mostBytes)) return;
      opened.delete(key);
      bytes -= entry.bytes;
    }
  };
  const get = (key: string): OpenedStep => {
    const entry = opened.get(key);
    if (entry === undefined) throw new Error(`checkpoint ${key} is not open`);
    // A map keeps its order: the one used last goes to the end.
    opened.delete(key);
    opened.set(key, entry);
    return entry.step;
  };
  const edited = (step: OpenedStep, edits: readonly Edit[], { layout }: Engine): Float32Array => {
    const context = contexts.get(step) ?? createEditContext(weightsOfStep(step, layout), algebra, noDonor);
    contexts.set(step, context);
    return editedParameters(context, edits, layout);
  };
  return {
    has: (key) => opened.has(key),
    open(key, bytes, config, file) {
      const step = openStep(bytes, config, file, algebra);
      opened.set(key, { step, bytes: bytes.length + decomposedBytes(config) });
      forget();
      return step;
    },
    get,
    engine(key, edits = []) {
      const step = get(key);
      const architecture = JSON.stringify(step.config);
      if (machine?.architecture !== architecture) {
        machine = { architecture, engine: createEngine(step.config) };
        loaded = undefined;
      }
      const name = JSON.stringify(edits);
      if (loaded?.step !== step || loaded.edits !== name) {
        const { engine } = machine;
        engine.load(edits.length === 0 ? parametersOfStep(step, engine.layout) : edited(step, edits, engine));
        loaded = { step, edits: name };
      }
      return machine.engine;
    },
    randomCosines(d, rank) {
      const name = `${d} ${rank}`;
      const known = baselines.get(name) ?? randomCosines(d, rank, algebra);
      baselines.set(name, known);
      return known;
    },
  };
}

/** The page opens one step at a time. */
function noDonor(step: number): never {
  throw new Error(`step ${step} was not given to be transplanted from`);
}
