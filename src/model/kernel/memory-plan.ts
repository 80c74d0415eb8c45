import { headWidth, type ModelConfig } from '../config.js';
import { copyingLayerNames, copyingNames } from '../families/copying-names.js';
import { findParameter, type ParameterLayout } from '../parameters.js';
import { heapStart } from './kernels.js';

/** Addresses of what one block keeps for its backward pass. Activations lie feature by feature, `row` bytes apart. */
export interface BlockMemory {
  readonly xhat1: number;
  readonly y1: number;
  readonly inverse1: number;
  readonly q: number;
  readonly k: number;
  readonly v: number;
  /** heads × length rows, key by query. */
  readonly p: number;
  readonly attended: number;
  /** The residual stream between attention and feed-forward, d rows. */
  readonly middle: number;
  readonly xhat2: number;
  readonly y2: number;
  readonly inverse2: number;
  readonly hidden: number;
}

/** A linear map y = W x + b: its sizes, its weight packed for the forward product, and its bias. */
export interface PackedLinear {
  /** Features of y, and of x. */
  readonly out: number;
  readonly input: number;
  readonly panels: number;
  readonly bias: number;
}

/** Addresses of everything an engine keeps in its WebAssembly memory, and the strides between rows. */
export interface MemoryPlan {
  /** T, T rounded up to a multiple of eight, and bytes from one feature of an activation to the next. */
  readonly tokens: number;
  readonly length: number;
  readonly row: number;
  readonly parameters: number;
  readonly gradients: number;
  readonly m: number;
  readonly v: number;
  /** At least as many zeros as any bias has numbers. */
  readonly zeros: number;
  readonly rotary: number;
  /** Packed forward weights by the name of the linear map. */
  readonly packed: ReadonlyMap<string, PackedLinear>;
  /** Packed `att_bias` of each layer, or 0. */
  readonly biases: readonly number[];
  readonly blocks: readonly BlockMemory[];
  /** The residual stream before each block and after the last. */
  readonly residuals: readonly number[];
  readonly xhatF: number;
  readonly yF: number;
  readonly inverseF: number;
  readonly logits: number;
  readonly ids: number;
  readonly positions: number;
  readonly losses: number;
  readonly predictions: number;
  /** Scratch of the backward pass: d rows each, dP of `length` rows, dHidden of ff rows. */
  readonly dx: number;
  readonly dy: number;
  readonly dAttended: number;
  readonly dq: number;
  readonly dk: number;
  readonly dv: number;
  readonly dP: number;
  readonly dHidden: number;
  /** The first block's projections of each distinct token and their gradients, one row of 3d a token; null when unused. */
  readonly table: { readonly values: number; readonly gradients: number; readonly row: number } | null;
  /** First byte behind all arrays and the slack that tiles may read. */
  readonly end: number;
}

/** Vocabularies beyond this hardly repeat a token within a batch, so that a table of projections saves nothing. */
const largestTable = 4096;

/** Assigns the addresses. All of it is known before the memory is made, so the memory never has to grow. */
export function planMemory(config: ModelConfig, layout: ParameterLayout): MemoryPlan {
  const { d_model: d, ff_dim: ff, num_heads: heads, num_layers: layers, vocab_size: size } = config;
  const tokens = config.max_seq_len;
  const length = Math.ceil(tokens / 8) * 8;
  // Rows a power of two apart would share few sets of the L1 cache; half a line more spreads them.
  const row = 4 * (length % 32 === 0 ? length + 16 : length);
  let end = heapStart;
  const bytes = (count: number) => {
    const at = end;
    end = Math.ceil((end + count) / 64) * 64;
    return at;
  };
  const floats = (count: number) => bytes(4 * count);
  const rows = (count: number) => bytes(row * count);
  const flat = () => floats(layout.length);
  const linear = (name: string): [string, PackedLinear] => {
    const [out, input] = findParameter(layout, `${name}.weight`).shape as [number, number];
    const padded = Math.ceil(out / 4) * 4;
    return [name, { out, input, panels: floats(padded * input), bias: floats(padded) }];
  };
  const block = (): BlockMemory => ({
    xhat1: rows(d),
    y1: rows(d),
    inverse1: rows(1),
    q: rows(d),
    k: rows(d),
    v: rows(d),
    p: rows(heads * length),
    attended: rows(d),
    middle: rows(config.mlp ? d : 0),
    xhat2: rows(config.mlp ? d : 0),
    y2: rows(config.mlp ? d : 0),
    inverse2: rows(1),
    hidden: rows(config.mlp ? ff : 0),
  });
  const used = config.residual ? layers : 0;
  const indices = Array.from({ length: used }, (_, layer) => layer);
  const mapsOf = (layer: number) => {
    const { query, key, value, output, up, down } = copyingLayerNames(layer);
    return config.mlp ? [query, key, value, output, up, down] : [query, key, value, output];
  };
  const plan = {
    tokens,
    length,
    row,
    parameters: flat(),
    gradients: flat(),
    m: flat(),
    v: flat(),
    zeros: floats(Math.max(d, ff, size, length) + 4),
    rotary: rows(config.pos === 'rotary' ? headWidth(config) : 0),
    packed: new Map([
      ...indices.flatMap((layer) => mapsOf(layer).map(linear)),
      linear(copyingNames.unembedding),
    ]),
    biases: indices.map(() => (config.pos === 'relative' ? rows(heads * length) : 0)),
    blocks: indices.map(block),
    residuals: Array.from({ length: used + 1 }, () => rows(d)),
    xhatF: rows(config.output_norm ? d : 0),
    yF: rows(config.output_norm ? d : 0),
    inverseF: rows(1),
    logits: rows(size),
    ids: floats(length + 8),
    positions: floats(length + 8),
    losses: floats(length + 8),
    predictions: floats(length + 8),
    dx: rows(d),
    dy: rows(d),
    dAttended: rows(d),
    dq: rows(d),
    dk: rows(d),
    dv: rows(d),
    dP: rows(length),
    dHidden: rows(config.mlp ? ff : 0),
    table:
      config.pos !== null && used > 0 && size <= largestTable
        ? { values: floats(size * 3 * d), gradients: floats(size * 3 * d), row: 12 * d }
        : null,
  };
  const slack = 4 * (row + 4 * Math.max(d, ff));
  return { ...plan, end: end + slack };
}
