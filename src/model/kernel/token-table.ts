import { applyLinear, applyLinearBackward, applyNorm, applyNormBackward, type Machine } from './machine.js';

/**
 * The first block's queries, keys and values of each distinct token.
 * Without learned positions they depend on the token alone (rotation comes later), so a batch needs them once a token
 * instead of once a position, and their gradients can be summed a token before the weights' gradients are taken.
 */
export interface TokenTable {
  /** Forgets all projections: the parameters have changed. */
  reset(): void;
  /** Makes sure that the tokens of a sequence have a row, and writes the rows' numbers to `plan.slots`. */
  prepare(ids: Int32Array): void;
  /** Copies projections of the prepared sequence into q, k, v. */
  load(q: number, k: number, v: number): void;
  /** Adds the gradients dq, dk, dv of the prepared sequence to its tokens' rows. */
  collect(): void;
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
  const slotOf = new Int32Array(config.vocab_size).fill(-1);
  const tokenOf: number[] = [];
  const slots = new Int32Array(memory.buffer, plan.slots, tokens);
  const scratchIds = new Int32Array(memory.buffer, plan.positions, tokens);
  const bytes = new Uint8Array(memory.buffer);
  let collected = false;

  const clear = (from: number, to: number, at: number) =>
    bytes.fill(0, at + from * tableRow, at + to * tableRow);
  const projections = ['q', 'k', 'v'] as const;

  /** Embeddings, and their norms, of up to T tokens, as if they were a sequence. */
  const embed = (from: number, count: number) => {
    for (let i = 0; i < count; i++) scratchIds[i] = tokenOf[from + i]!;
    bytes.fill(0, plan.dx, plan.dx + d * row);
    kernels.gather(machine.parameter('embed.embed.weight'), 4 * d, plan.positions, plan.dx, d, count, row);
    if (config.norm) applyNorm(machine, 'h.0.ln_1', plan.dx, block0);
    return config.norm ? block.y1 : plan.dx;
  };

  /** Projects the tokens from `from` on, T at a time. */
  const project = (from: number) => {
    for (let start = from; start < tokenOf.length; start += tokens) {
      const count = Math.min(tokens, tokenOf.length - start);
      const x = embed(start, count);
      for (let i = 0; i < count; i++) scratchIds[i] = start + i;
      clear(start, start + count, values);
      projections.forEach((name, part) => {
        applyLinear(machine, `h.0.mha.W_${name}`, x, plan.dq, d, d);
        kernels.scatterAdd(plan.dq, row, d, count, values + 4 * d * part, tableRow, plan.positions);
      });
    }
  };

  return {
    reset() {
      for (const token of tokenOf) slotOf[token] = -1;
      tokenOf.length = 0;
    },
    prepare(ids) {
      const known = tokenOf.length;
      for (let t = 0; t < tokens; t++) {
        const token = ids[t]!;
        if (slotOf[token]! < 0) slotOf[token] = tokenOf.push(token) - 1;
        slots[t] = slotOf[token]!;
      }
      if (tokenOf.length > known) {
        project(known);
        if (collected) clear(known, tokenOf.length, gradients);
      }
    },
    load(q, k, v) {
      [q, k, v].forEach((to, part) => {
        kernels.gather(values + 4 * d * part, tableRow, plan.slots, to, d, tokens, row);
      });
    },
    collect() {
      if (!collected) clear(0, tokenOf.length, gradients);
      collected = true;
      [plan.dq, plan.dk, plan.dv].forEach((from, part) => {
        kernels.scatterAdd(from, row, d, tokens, gradients + 4 * d * part, tableRow, plan.slots);
      });
    },
    flush() {
      if (!collected) return;
      collected = false;
      for (let start = 0; start < tokenOf.length; start += tokens) {
        const count = Math.min(tokens, tokenOf.length - start);
        const x = embed(start, count);
        const dInput = config.norm ? plan.dAttended : plan.dy;
        projections.forEach((name, part) => {
          for (let i = 0; i < count; i++) scratchIds[i] = start + i;
          bytes.fill(0, plan.dq, plan.dq + d * row);
          kernels.gather(gradients + 4 * d * part, tableRow, plan.positions, plan.dq, d, count, row);
          applyLinearBackward(machine, `h.0.mha.W_${name}`, x, plan.dq, dInput, d, d, part > 0);
        });
        if (config.norm) applyNormBackward(machine, 'h.0.ln_1', block0, dInput, plan.dy, false);
        for (let i = 0; i < count; i++) scratchIds[i] = tokenOf[start + i]!;
        kernels.scatterAdd(
          plan.dy,
          row,
          d,
          count,
          machine.gradient('embed.embed.weight'),
          4 * d,
          plan.positions,
        );
      }
    },
  };
}
