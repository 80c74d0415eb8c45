import { areWide } from '../measures/all-pairs/circuit-products.js';
import { largestWholeVocabulary, sampledTokens } from '../measures/all-pairs/token-mismatch.js';
import type { ModelMeasureName, ModelPlan } from '../measures/model-plan.js';
import type { Architecture } from '../model/architecture.js';
import { groupSizes } from './measure-model.js';

/** What measuring one checkpoint is expected to take. */
export interface ModelCost {
  readonly causalPairs: number;
  readonly antiCausalPairs: number;
  /** Of CPU time. */
  readonly seconds: number;
  readonly bytes: number;
}

/** Multiplications and additions a second of one core, as measured; decompositions reach a fraction of it. */
const productsPerSecond = 18e9;
const decompositionsPerSecond = 3e9;

/** What the process takes before it holds a weight, and each of its worker threads. */
const startBytes = 100e6;
const workerBytes = 70e6;

/** Blocks that a thread works on, and what it has let go of and not given back. */
const workBytes = 200e6;

/** Columns of pairs, with their p- and q-values, as they are computed, joined and sorted. */
const columnsOfPairs = 28;

/** A rough estimate, made from sizes alone: within a factor of two on an idle machine of 2021. */
export function modelCost(architecture: Architecture, plan: ModelPlan, jobs: number): ModelCost {
  const { layers, heads, headWidth: h, width: d, vocabSize } = architecture;
  const total = layers * heads;
  const pairs = total * total;
  const wants = (name: ModelMeasureName) => plan.measures.includes(name);
  const positions = plan.relPos.length;
  const rank = Math.min(
    plan.ranks.reduce((most, value) => Math.max(most, value), 1),
    h,
    d,
  );
  let products = 0;
  let decompositions = 0;
  const size = groupSizes(architecture, jobs);
  const rounds = Math.ceil(layers / size.readers) + Math.ceil(layers / size.writers);
  const symmetric =
    (wants('z_score') || wants('k_composition') ? positions : 0) +
    (wants('q_composition') ? positions : 0) +
    (wants('v_composition') ? 1 : 0);
  products += symmetric * (pairs * d * d + rounds * total * d * d * h);
  if (wants('z_score')) products += positions * 2 * (pairs * d * d + rounds * total * d * d * h);
  if (wants('qk_ov_match') || wants('wte_ov_match')) {
    decompositions += total * (16 * d * h * h + (1 + positions) * 12 * h * h * h);
  }
  if (wants('qk_ov_match')) {
    products += positions * pairs * 2 * d * rank * rank;
    decompositions += positions * pairs * plan.ranks.reduce((sum, value) => sum + 3 * value ** 3, 0);
  }
  if (wants('mismatch_ratio')) {
    const tokens = vocabSize > largestWholeVocabulary ? sampledTokens : vocabSize;
    products += pairs * 2 * (h * h * d + tokens * h * h + tokens * h * d + positions * tokens * tokens * h);
  }
  if (wants('copying_score')) products += 2 * vocabSize * d * d;
  if (wants('wte_ov_match')) products += vocabSize * d * d;
  // Circuits are packed whole where heads are narrow; where they are wide, W_o of both layers is held as the file has it.
  const packed = areWide(h, d)
    ? 2 * heads * h * d * 2 * jobs
    : (size.readers + size.writers) * heads * 2 * h * d * 8 * jobs;
  const composed = symmetric > 0 ? packed + jobs * workBytes : 0;
  const square = d * d * 8;
  const embedded = wants('wte_ov_match') ? square : 0;
  const tokens = wants('copying_score') ? square : 0;
  const shared = wants('qk_ov_match') || wants('wte_ov_match') ? total * d * rank * 8 : 0;
  return {
    causalPairs: (heads * heads * layers * (layers - 1)) / 2,
    antiCausalPairs: (heads * heads * layers * (layers + 1)) / 2,
    seconds: products / productsPerSecond + decompositions / decompositionsPerSecond,
    bytes:
      startBytes +
      jobs * workerBytes +
      Math.max(composed, embedded) +
      tokens +
      shared +
      8 * pairs * columnsOfPairs,
  };
}
