import { describe, expect, it } from 'vitest';
import { InputError, UsageError } from '../../src/errors.js';
import { attentionWeights } from '../../src/measures/weights.js';
import { checkConfig } from '../../src/run/config.js';
import { inferConfig } from '../../src/run/infer-config.js';
import { fromFloat32 } from '../../src/tensor/encode.js';
import type { StateDict } from '../../src/tensor/tensor.js';

const file = 'run/ckpt_0.pt';

/** Zeros of the given shapes. */
function weights(shapes: Readonly<Record<string, readonly number[]>>): StateDict {
  return new Map(
    Object.entries(shapes).map(([name, shape]) => {
      const count = shape.reduce((product, size) => product * size, 1);
      return [name, fromFloat32(new Float32Array(count), shape)];
    }),
  );
}

function attention(layers: number, d: number): Record<string, readonly number[]> {
  const names = Array.from({ length: layers }, (_, i) =>
    ['q', 'k', 'v', 'o'].map((x) => `h.${i}.mha.W_${x}.weight`),
  );
  return Object.fromEntries(names.flat().map((name) => [name, [d, d]]));
}

const plain = { 'embed.embed.weight': [12, 8], ...attention(2, 8) };
const rotary = { num_heads: 2, pos: 'rotary', rotary_theta: 500 } as const;

describe('a config that is missing', () => {
  it('comes from the weights and the options, and the published defaults', () => {
    expect(inferConfig(weights(plain), rotary, file).config).toEqual({
      ...checkConfig({}, file).config,
      vocab_size: 12,
      d_model: 8,
      num_layers: 2,
      num_heads: 2,
      rotary_theta: 500,
    });
  });

  it('knows positions, heads and lengths where the weights tell', () => {
    const learned = weights({ ...plain, 'pos_embed.pe.weight': [20, 8] });
    expect(inferConfig(learned, { num_heads: 1 }, file).config).toMatchObject({ pos: null, max_seq_len: 20 });
    const relative = weights({ ...plain, 'h.0.mha.att_bias': [4, 16, 16] });
    expect(inferConfig(relative, {}, file).config).toMatchObject({
      pos: 'relative',
      num_heads: 4,
      max_seq_len: 16,
    });
    const mlp = weights({ ...plain, 'h.0.feed_forward.fc1.weight': [32, 8] });
    expect(inferConfig(mlp, rotary, file).config).toMatchObject({ mlp: true, ff_dim: 32 });
  });

  it.each([
    [plain, {}, 'add --num_heads N --pos rotary|relative|null'],
    [plain, { num_heads: 1 }, 'add --pos rotary|relative|null'],
    [plain, { num_heads: 1, pos: 'rotary' }, 'add --rotary_theta θ'],
    [
      attention(2, 8),
      rotary,
      'no embed.embed.weight of two dimensions; is this a checkpoint of the copying model?',
    ],
    [{ ...plain, 'embed.embed.weight': [12] }, rotary, 'no embed.embed.weight of two dimensions'],
    [
      { 'embed.embed.weight': [12, 8] },
      rotary,
      'no h.0.mha.W_q.weight; is this a checkpoint of the copying model?',
    ],
  ] as const)('says what is needed (%#)', (shapes, options, message) => {
    expect(() => inferConfig(weights(shapes), options, file)).toThrow(InputError);
    expect(() => inferConfig(weights(shapes), options, file)).toThrow(message);
  });

  it('refuses options that contradict the weights', () => {
    const relative = weights({ ...plain, 'h.0.mha.att_bias': [4, 16, 16] });
    expect(() => inferConfig(relative, { pos: 'rotary' }, file)).toThrow(
      new UsageError(
        `--pos rotary contradicts the weights of ${file}, where it is relative; leave the option out`,
      ),
    );
    expect(() => inferConfig(relative, { num_heads: 2 }, file)).toThrow(
      new UsageError(`--num_heads 2 contradicts the weights of ${file}, where it is 4; leave the option out`),
    );
  });
});

describe('a config that contradicts the weights', () => {
  const found = (options: object, shapes: Readonly<Record<string, readonly number[]>> = plain) => {
    const { config } = checkConfig({ vocab_size: 12, d_model: 8, ...options }, 'run/config.json');
    return () => attentionWeights(weights(shapes), config, file);
  };

  it.each([
    [{ vocab_size: 64 }, `${file}: tensor embed.embed.weight is 12×8, but the config makes it 64×8`],
    [{ d_model: 16 }, `${file}: tensor embed.embed.weight is 12×8, but the config makes it 12×16`],
    [{ num_layers: 3 }, `${file}: holds 2 attention layers, but num_layers is 3`],
    [{ num_layers: 1 }, `${file}: holds 2 attention layers, but num_layers is 1`],
    [{ num_heads: 3 }, `${file}: num_heads 3 does not divide d_model 8`],
    [{ num_heads: 8 }, `${file}: rotary positions need an even d_model/num_heads, found 1`],
  ])('%j', (options, message) => {
    expect(found(options)).toThrow(InputError);
    expect(found(options)).toThrow(message);
    expect(found({})).not.toThrow();
  });

  it('names a tensor that is missing or of another shape', () => {
    const { 'h.1.mha.W_o.weight': _, ...without } = plain as Record<string, readonly number[]>;
    expect(found({}, without)).toThrow(`${file}: tensor h.1.mha.W_o.weight is missing; expected 8×8`);
    expect(found({}, { ...plain, 'h.1.mha.W_o.weight': [8, 4] })).toThrow(
      `${file}: tensor h.1.mha.W_o.weight is 8×4, but the config makes it 8×8`,
    );
    expect(found({}, { ...plain, 'h.1.mha.W_o.weight': [64] })).toThrow('is 64, but the config makes it 8×8');
  });
});
