import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { checkConfig, inertOptions, optionNames, parseConfig } from '../../src/run/config.js';
import { refusal } from '../checkpoint/hostile-archives.js';

fc.configureGlobal({ seed: 20263 });

const file = 'run/config.json';
const refuse = (text: string) => refusal(() => parseConfig(text, file), file);

/** As the published code writes it. */
const published = `{"seed": 2026, "vocab_size": 64, "d_model": 64, "ff_dim": 256, "num_heads": 1, "num_layers": 2,
  "linear_attn": false, "residual": true, "mlp": false, "dropout": 0.1, "norm": true, "output_norm": false, "pos": "rotary",
  "rotary_theta": 10000, "max_seq_len": 64, "sample_size": 5000, "sample_size_test": 500, "regime": "varied repetition",
  "distr": "zipf", "rep_l": 10, "rep_h": 20, "ood_len_pattern": 25, "pool_size": 100, "sig": 2, "device": "cpu",
  "fancy_opt": false, "use_wd": true, "schedule": "constant", "fresh_sample": true, "label_smoothing": false, "lr": 0.001,
  "wd": 0.0005, "batch_size": 50, "num_epoch": 20000, "wandb_log": false, "plot_attn_every_epoch": 1000000,
  "print_output": false, "n_save": 100, "up_to_first_save": false, "ignore_segment": 1, "ignore_burning": 4,
  "out_dir": "out/small_pool_size"}`;

describe('a config file', () => {
  it('of the published code keeps every key', () => {
    const { config, others } = parseConfig(published, file);
    expect({ ...config, ...others }).toEqual(JSON.parse(published));
    expect(Object.keys(others).sort()).toEqual([...inertOptions].sort());
  });

  it('that lacks keys takes the published defaults', () => {
    expect(parseConfig('{}', file)).toEqual({
      config: {
        seed: 2026,
        vocab_size: 32,
        d_model: 64,
        ff_dim: 256,
        num_heads: 1,
        num_layers: 2,
        linear_attn: false,
        residual: true,
        mlp: false,
        dropout: 0.1,
        norm: true,
        output_norm: false,
        pos: 'rotary',
        rotary_theta: 10_000,
        max_seq_len: 64,
        regime: 'varied repetition',
        distr: 'two-level',
        rep_l: 10,
        rep_h: 20,
        ood_len_pattern: 25,
        pool_size: null,
        lr: 1e-3,
        wd: 5e-4,
        schedule: 'constant',
        label_smoothing: false,
        batch_size: 50,
        num_epoch: 10_000,
        sample_size_test: 5000,
        n_save: 1,
        up_to_first_save: false,
        ignore_segment: 1,
        ignore_burning: 4,
      },
      others: {},
    });
  });

  it('keeps keys that nobody knows, whatever they are called', () => {
    const { others } = parseConfig(
      '{"my_note": [1], "__proto__": {"vocab_size": 5}, "constructor": 3}',
      file,
    );
    expect(Object.entries(others)).toEqual([
      ['my_note', [1]],
      ['__proto__', { vocab_size: 5 }],
      ['constructor', 3],
    ]);
    expect(parseConfig('{"__proto__": {"vocab_size": 5}}', file).config.vocab_size).toBe(32);
  });

  it('may hold what Python calls numbers and JSON does not, where it takes no part', () => {
    const text =
      '{"pool_size": 7, "best": Infinity, "worst": -Infinity, "last": [NaN, 1], "text": "NaN, -Infinity"}';
    expect(parseConfig(text, file)).toMatchObject({
      config: { pool_size: 7 },
      others: { best: null, worst: null, last: [null, 1], text: 'NaN, -Infinity' },
    });
  });

  it('may be that of Weights & Biases', () => {
    const text =
      '{"wandb_version": 1, "_wandb": {"desc": null, "value": {}}, "seed": {"desc": null, "value": 5}, "mlp": {"value": true}}';
    expect(parseConfig(text, file)).toMatchObject({ config: { seed: 5, mlp: true }, others: {} });
  });

  it('may start with a byte order mark', () => {
    expect(parseConfig('\ufeff{"pool_size": 7}', file).config.pool_size).toBe(7);
  });

  it.each([
    ['', /not valid JSON.*restore it from the training run/],
    ['{"d_model": 64', /not valid JSON/],
    ['{\n\n"d_model"\n:\n}', /not valid JSON/],
    ['{"lr": NaN}', /option lr: .*expected a number \(found null\)/],
    [
      '{"model_type": "gpt2", "n_head": 12}',
      /config of a Hugging Face model \(model_type "gpt2"\), not of a run of training/,
    ],
    ['[]', /expected an object of options, found \[\]/],
    ['null', /expected an object of options, found null/],
    ['"text"', /expected an object of options, found "text"/],
    ['{"d_model": "64"}', /option d_model: .*expected.*\(found "64"\)/],
    ['{"d_model": 64.5}', /option d_model: .*\(found 64\.5\)/],
    ['{"d_model": 0}', /option d_model: expected a number of at least 1 \(found 0\)/],
    ['{"d_model": -64}', /option d_model/],
    ['{"d_model": 1e400}', /option d_model/],
    ['{"vocab_size": 1e15}', /option vocab_size: expected a number of at most 1000000 /],
    ['{"num_layers": null}', /option num_layers: .*\(found null\)/],
    ['{"mlp": 1}', /option mlp: expected true or false \(found 1\)/],
    ['{"pos": "rope"}', /option pos: expected "rotary" or "relative" or null \(found "rope"\)/],
    ['{"dropout": 1}', /option dropout: expected a number below 1 \(found 1\)/],
    ['{"pool_size": 0}', /option pool_size/],
    ['{"regime": "repetition"}', /option regime: expected "varied repetition" or "simple repetition"/],
    ['{"ignore_segment": 2}', /option ignore_segment/],
    [
      `{"lr": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
      /option lr: .*\(found something deeply nested\)/,
    ],
    [`{"lr": "${'x'.repeat(100_000)}"}`, /option lr: .*\(found "x+…x+"\)/],
  ])('%.40s', (text, message) => {
    expect(refuse(text)).toMatch(message);
  });

  it('of any JSON is a config or an InputError', () => {
    const known = fc.constantFrom<string>(...optionNames);
    fc.assert(
      fc.property(fc.dictionary(fc.oneof(known, fc.string()), fc.jsonValue({ maxDepth: 2 })), (options) => {
        try {
          const { config, others } = checkConfig(options, file);
          expect(Object.keys(config)).toEqual(optionNames);
          expect({ ...config, ...others }).toMatchObject(options);
        } catch (error) {
          refusal(() => {
            throw error;
          }, file);
        }
      }),
      { numRuns: 500 },
    );
  });
});
