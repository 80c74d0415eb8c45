import { copyingLayerNames, copyingNames } from '../families/copying-names.js';
import {
  applyLinear,
  applyLinearBackward,
  applyNormBackward,
  type Machine,
  normaliseRows,
} from './machine.js';

/**
 * The first block's queries, keys and values of each distinct token.
 * Without learned positions they depend on the token alone (rotation comes later), so a batch needs them once a token
 * instead of once a position, and their gradients can be summed a token before the weights' gradients are taken.
 */
export interface TokenTable {
  /** Forgets all projections: the parameters have changed. */
  reset(): void;
  /** Makes sure that the projections of a sequence's tokens are there. */
  prepare(ids: Int32Array): void;
  /** Copies projections of the prepared sequence into q, k, v. */
  load(q: number, k: number, v: number): void;
  /** Adds the gradients dq, dk, dv of the prepared sequence to its tokens' rows. */
  collect(ids: Int32Array): void;
  /** Takes the collected gradients on to the weights and the embedding, and forgets them. */
  flush(): void;
}

/** The table of a machine whose plan has one. */
export function createTokenTable(machine: Machine): TokenTable {
  const { config, kernels, plan, memory } = machine;
  const { values, gradients, row: tableRow } = plan.table!;
  const { row, tokens } = plan;
  const d = config.d_model;
  const block = plan.blocks[0]!;
  const block0 = { xhat: block.xhat1, y: block.y1, inverse: block.inverse1 };
  const scratchIds = new Int32Array(memory.buffer, plan.positions, tokens);
  const bytes = new Uint8Array(memory.buffer);
  // Row number is token id, so that nothing depends on the order in which tokens were met.
  const isProjected = new Uint8Array(config.vocab_size);
  const isCollected = new Uint8Array(config.vocab_size);

  const clearRow = (at: number, token: number) =>
    bytes.fill(0, at + token * tableRow, at + (token + 1) * tableRow);
  const setIds = (ids: readonly number[]) => {
    for (let i = 0; i < ids.length; i++) scratchIds[i] = ids[i]!;
  };
  const names = copyingLayerNames(0);
  const projections = [names.query, names.key, names.value];

  /** Embeddings, and their norms, of up to T tokens, as if they were a sequence. */
  const embed = (ids: readonly number[]) => {
    setIds(ids);
    bytes.fill(0, plan.dx, plan.dx + d * row);
    const table = machine.parameter(copyingNames.embedding);
    kernels.gather(table, 4 * d, plan.positions, plan.dx, d, ids.length, row);
    if (config.norm) normaliseRows(machine, names.attentionNorm, plan.dx, block0);
    return config.norm ? block.y1 : plan.dx;
  };

  const project = (ids: readonly number[]) => {
    const x = embed(ids);
    for (const token of ids) clearRow(values, token);
    projections.forEach((name, part) => {
      applyLinear(machine, name, x, plan.dq);
      kernels.scatterAdd(plan.dq, row, d, ids.length, values + 4 * d * part, tableRow, plan.positions);
    });
  };

  const takeOn = (ids: readonly number[]) => {
    const x = embed(ids);
    const dInput = config.norm ? plan.dAttended : plan.dy;
    projections.forEach((name, part) => {
      bytes.fill(0, plan.dq, plan.dq + d * row);
      kernels.gather(gradients + 4 * d * part, tableRow, plan.positions, plan.dq, d, ids.length, row);
      applyLinearBackward(machine, name, x, { dy: plan.dq, dx: dInput, add: part > 0 });
    });
    if (config.norm)
      applyNormBackward(machine, names.attentionNorm, block0, { dy: dInput, dx: plan.dy, add: false });
    const table = machine.gradient(copyingNames.embedding);
    kernels.scatterAdd(plan.dy, row, d, ids.length, table, 4 * d, plan.positions);
  };

  /** Calls `work` with up to T tokens at a time. */
  const inShares = (ids: readonly number[], work: (share: readonly number[]) => void) => {
    for (let from = 0; from < ids.length; from += tokens) work(ids.slice(from, from + tokens));
  };

  return {
    reset() {
      isProjected.fill(0);
    },
    prepare(ids) {
      const missing: number[] = [];
      for (let t = 0; t < tokens; t++) {
        const token = ids[t]!;
        if (isProjected[token] === 1) continue;
        isProjected[token] = 1;
        missing.push(token);
      }
      inShares(missing, project);
    },
    load(q, k, v) {
      [q, k, v].forEach((to, part) => {
        kernels.gather(values + 4 * d * part, tableRow, plan.ids, to, d, tokens, row);
      });
    },
    collect(ids) {
      for (let t = 0; t < tokens; t++) {
        const token = ids[t]!;
        if (isCollected[token] === 1) continue;
        isCollected[token] = 1;
        clearRow(gradients, token);
      }
      [plan.dq, plan.dk, plan.dv].forEach((from, part) => {
        kernels.scatterAdd(from, row, d, tokens, gradients + 4 * d * part, tableRow, plan.ids);
      });
    },
    flush() {
      const collected: number[] = [];
      isCollected.forEach((is, token) => {
        if (is === 1) collected.push(token);
      });
      isCollected.fill(0);
      inShares(collected, takeOn);
    },
  };
}
