import type { Architecture } from '../../model/architecture.js';
import { type WeightRoom, weightRoom } from './linear-map.js';
import type { ForwardMachine } from './machine.js';
import { normRoom } from './norm.js';
import { type Panels, panelCount } from './panels.js';

/** Where everything lies that one pass over some sequences works on. */
export interface PassMemory {
  readonly sequences: number;
  /** T, and T rounded up to a multiple of eight. */
  readonly tokens: number;
  readonly length: number;
  /** Panels of eight tokens that hold all sequences. */
  readonly panels: number;
  /** The residual stream. */
  readonly x: Panels;
  /** A norm's result, then what a branch adds to the residual stream. */
  readonly y: Panels;
  /** What attention adds, where both branches read the same residual stream; otherwise `y`. */
  readonly branch: Panels;
  readonly query: Panels;
  readonly key: Panels;
  readonly value: Panels;
  /** On the memory of queries, keys and values, which are used up by then. */
  readonly hidden: Panels;
  /** Some features of the gates at a time. */
  readonly gate: number;
  /** The unembedding's: a block of logits, and of each token its target and what is known of its logits. */
  readonly fold: { readonly targets: number; readonly state: number; readonly logits: number };
  readonly norm: { readonly gain: number; readonly shift: number };
  readonly head: HeadMemory;
  readonly weights: WeightRoom;
}

/** What attention of one head of one sequence works on; rows of time, `row` bytes apart. */
export interface HeadMemory {
  readonly row: number;
  readonly query: number;
  readonly key: number;
  readonly value: number;
  readonly out: number;
  /** `length` rows, key by query. */
  readonly p: number;
  /** Like p: the bias of the scores, where positions are relative; else 0. */
  readonly bias: number;
  /** T×T, query by key. */
  readonly map: number;
  readonly zeros: number;
  /** Cosines and sines of the rotation, a row a pair each. */
  readonly rotary: number;
  readonly queryNorm: { readonly gain: number; readonly shift: number };
  readonly keyNorm: { readonly gain: number; readonly shift: number };
}

/** Bytes of activations for each token. */
function bytesPerToken({ width: d, heads, keyHeads, headWidth: h, mlp, residual }: Architecture): number {
  const shared = Math.max((heads + 2 * keyHeads) * h, mlp?.width ?? 0);
  return 4 * ((residual === 'parallel' ? 3 : 2) * d + shared + 64 + 5);
}

/** Bytes that attention of one head takes for T tokens. */
function bytesOfHead({ headWidth: h }: Architecture, tokens: number): number {
  return 4 * (tokens + 24) * (3 * (tokens + 8) + 6 * h);
}

/**
 * Activations of so many bytes are held at once; more sequences are run one lot after the other, and each lot reads the
 * weights again. A lot this large is busy multiplying for much longer than it reads.
 */
const bytesAtOnce = 384 * 2 ** 20;

/** How many sequences are run at once, at least one. */
export function sequencesAtOnce(architecture: Architecture, tokens: number): number {
  return Math.max(1, Math.floor(bytesAtOnce / (bytesPerToken(architecture) * tokens)));
}

/** Bytes that a pass needs beside its results and one matrix of the file. */
export function bytesOfPass(architecture: Architecture, sequences: number, tokens: number): number {
  const atOnce = Math.min(sequences, sequencesAtOnce(architecture, tokens));
  return atOnce * tokens * bytesPerToken(architecture) + bytesOfHead(architecture, tokens);
}

/** Assigns the addresses; the weights' room is last, since it grows. */
export function planPass(
  machine: ForwardMachine,
  architecture: Architecture,
  sequences: number,
  tokens: number,
): PassMemory {
  const { width: d, heads, keyHeads, headWidth: h, mlp } = architecture;
  machine.clear();
  const panels = panelCount(sequences * tokens);
  const room = (features: number): Panels => ({ at: machine.room(panels * features * 32), features });
  const [x, y] = [room(d), room(d)];
  const branch = architecture.residual === 'parallel' ? room(d) : y;
  const shared = room(Math.max((heads + 2 * keyHeads) * h, mlp?.width ?? 0));
  const query = { at: shared.at, features: heads * h };
  const key = { at: query.at + panels * 32 * heads * h, features: keyHeads * h };
  const value = { at: key.at + panels * 32 * keyHeads * h, features: keyHeads * h };
  const hidden = { at: shared.at, features: mlp?.width ?? 0 };
  const block = machine.room(panels * 64 * 32);
  const fold = { targets: machine.room(panels * 32), state: machine.room(4 * panels * 32), logits: block };
  const norm = normRoom(machine, d);
  const head = planHead(machine, architecture, tokens);
  const widest = Math.max(d, heads * h, mlp?.width ?? 0);
  const weights = weightRoom(machine, widest);
  const length = panelCount(tokens) * 8;
  return {
    ...{ sequences, tokens, length, panels },
    ...{ x, y, branch, query, key, value, hidden, gate: block, fold, norm, head, weights },
  };
}

function planHead(machine: ForwardMachine, architecture: Architecture, tokens: number): HeadMemory {
  const { headWidth: h, positions } = architecture;
  const length = panelCount(tokens) * 8;
  // Rows a power of two apart would share few sets of the first cache; half a line more spreads them.
  const row = 4 * (length % 32 === 0 ? length + 16 : length);
  const rows = (count: number) => machine.room(row * count);
  const zeros = rows(1);
  machine.floats(zeros, row / 4).fill(0);
  const rotary = rows(positions.kind === 'rotary' ? h : 0);
  if (positions.kind === 'rotary') {
    const table = machine.floats(rotary, (row / 4) * h);
    positions.frequencies.forEach((frequency, pair) => {
      for (let t = 0; t < length; t++) {
        table[(pair * row) / 4 + t] = Math.cos(t * frequency);
        table[((h / 2 + pair) * row) / 4 + t] = Math.sin(t * frequency);
      }
    });
  }
  return {
    row,
    query: rows(h),
    key: rows(h),
    value: rows(h),
    out: rows(h),
    p: rows(length),
    bias: positions.kind === 'relative' ? rows(length) : 0,
    map: machine.room(4 * tokens * tokens),
    zeros,
    rotary,
    queryNorm: normRoom(machine, h),
    keyNorm: normRoom(machine, h),
  };
}
