import { dropoutSite, type MaskKey } from '../dropout.js';
import { copyingLayerNames } from '../families/copying-names.js';
import {
  applyLinear,
  applyLinearBackward,
  applyNormBackward,
  type Machine,
  normaliseRows,
} from './machine.js';
import type { TokenTable } from './token-table.js';

/** What dropout needs at a place of the model; null where nothing is dropped. */
export interface Dropout {
  readonly threshold: number;
  readonly scale: number;
  key(layer: number, site: number): MaskKey;
}

/** x ← out = x + dropout(y). */
function addBranch(
  machine: Machine,
  x: number,
  y: number,
  out: number,
  dropout: Dropout | null,
  layer: number,
  site: number,
): void {
  const { kernels, plan, config } = machine;
  const { d_model: d } = config;
  if (!dropout) {
    kernels.addRows(x, y, out, d, plan.length, plan.row);
    return;
  }
  const { k0, k1 } = dropout.key(layer, site);
  kernels.addDropped(x, y, out, d, plan.length, plan.row, k0, k1, dropout.threshold, dropout.scale);
}

/**
 * Forward pass of a block, from `plan.residuals[layer]` to the next.
 * @param kept whose memory holds what the backward pass needs: `layer`, or always 0 when there is none to come
 * @param table set for the first block when its projections come from the table
 */
export function forwardBlock(
  machine: Machine,
  layer: number,
  kept: number,
  dropout: Dropout | null,
  table: TokenTable | null,
): void {
  const { config, kernels, plan } = machine;
  const { num_heads: heads, ff_dim: ff } = config;
  const { row, length } = plan;
  const block = plan.blocks[kept]!;
  const names = copyingLayerNames(layer);
  const x = plan.residuals[layer]!;
  const out = plan.residuals[layer + 1]!;
  const middle = config.mlp ? block.middle : out;

  if (table) {
    table.load(block.q, block.k, block.v);
  } else {
    if (config.norm)
      normaliseRows(machine, names.attentionNorm, x, {
        xhat: block.xhat1,
        y: block.y1,
        inverse: block.inverse1,
      });
    const input = config.norm ? block.y1 : x;
    applyLinear(machine, names.query, input, block.q);
    applyLinear(machine, names.key, input, block.k);
    applyLinear(machine, names.value, input, block.v);
  }
  const width = machine.headWidth;
  if (config.pos === 'rotary') {
    kernels.rotate(block.q, plan.rotary, row, heads, width, length, 1, 1);
    kernels.rotate(block.k, plan.rotary, row, heads, width, length, 1, 1);
  }
  const bias = plan.biases[layer]!;
  kernels.attention(
    block.q,
    block.k,
    block.v,
    block.p,
    block.attended,
    bias,
    plan.zeros,
    heads,
    width,
    length,
    row,
    config.linear_attn,
  );
  applyLinear(machine, names.output, block.attended, plan.dy);
  addBranch(machine, x, plan.dy, middle, dropout, layer, dropoutSite.attention);

  if (config.mlp) {
    if (config.norm)
      normaliseRows(machine, names.mlpNorm, middle, {
        xhat: block.xhat2,
        y: block.y2,
        inverse: block.inverse2,
      });
    applyLinear(machine, names.up, config.norm ? block.y2 : middle, block.hidden);
    kernels.relu(block.hidden, ff, length, row);
    applyLinear(machine, names.down, block.hidden, plan.dy);
    addBranch(machine, middle, plan.dy, out, dropout, layer, dropoutSite.feedForward);
  }
}

/** Backward pass of a block: `plan.dx` holds the gradient of its output, then of its input. */
export function backwardBlock(
  machine: Machine,
  layer: number,
  dropout: Dropout | null,
  table: TokenTable | null,
): void {
  const { config, kernels, plan } = machine;
  const { d_model: d, num_heads: heads, ff_dim: ff } = config;
  const { row, length, tokens } = plan;
  const block = plan.blocks[layer]!;
  const names = copyingLayerNames(layer);
  const { dx, dy, dAttended, dHidden } = plan;

  if (config.mlp) {
    const dBranch = masked(machine, dropout, layer, dropoutSite.feedForward);
    applyLinearBackward(machine, names.down, block.hidden, {
      dy: dBranch,
      dx: dHidden,
      add: false,
    });
    kernels.reluBackward(block.hidden, dHidden, ff, length, row);
    const input = config.norm ? block.y2 : block.middle;
    const dInput = config.norm ? dAttended : dx;
    applyLinearBackward(machine, names.up, input, {
      dy: dHidden,
      dx: dInput,
      add: !config.norm,
    });
    if (config.norm) {
      const norm = { xhat: block.xhat2, inverse: block.inverse2 };
      applyNormBackward(machine, names.mlpNorm, norm, { dy: dAttended, dx, add: true });
    }
  }

  const dBranch = masked(machine, dropout, layer, dropoutSite.attention);
  applyLinearBackward(machine, names.output, block.attended, { dy: dBranch, dx: dAttended, add: false });
  const width = machine.headWidth;
  const { q, k, v, p } = block;
  const { dq, dk, dv, dP, zeros } = plan;
  const dBias = config.pos === 'relative' ? machine.gradient(names.scoreBias) : 0;
  const biasScale = config.linear_attn ? 1 : Math.LOG2E;
  kernels.attentionBackward(
    ...[q, k, v, p, dAttended, dq, dk, dv, dP, dBias, biasScale, zeros],
    ...[heads, width, tokens, length, row],
    config.linear_attn,
  );
  if (config.pos === 'rotary') {
    kernels.rotate(dq, plan.rotary, row, heads, width, length, machine.queryScale, -1);
    kernels.rotate(dk, plan.rotary, row, heads, width, length, 1, -1);
  } else {
    kernels.scaleRows(dq, d, length, row, machine.queryScale);
  }
  if (table) {
    table.collect(machine.ids);
    return;
  }
  const input = config.norm ? block.y1 : plan.residuals[layer]!;
  const dInput = config.norm ? dy : dx;
  applyLinearBackward(machine, names.query, input, { dy: dq, dx: dInput, add: !config.norm });
  applyLinearBackward(machine, names.key, input, { dy: dk, dx: dInput, add: true });
  applyLinearBackward(machine, names.value, input, { dy: dv, dx: dInput, add: true });
  if (config.norm) {
    applyNormBackward(
      machine,
      names.attentionNorm,
      { xhat: block.xhat1, inverse: block.inverse1 },
      { dy, dx, add: true },
    );
  }
}

/** The gradient behind a dropout: `plan.dx` itself, or its masked copy in `plan.dy`. */
function masked(machine: Machine, dropout: Dropout | null, layer: number, site: number): number {
  const { plan } = machine;
  if (!dropout) return plan.dx;
  addBranch(machine, 0, plan.dx, plan.dy, dropout, layer, site);
  return plan.dy;
}
