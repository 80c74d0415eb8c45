import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { stepsToEmbed } from '../../src/report/choose-steps.js';
import { dataElement, type EmbeddedData, scriptJson } from '../../src/report/embedded.js';
import { curvesOf } from '../../src/series/curves.js';
import { TableBuilder } from '../../src/series/table.js';
import { parseParquet } from '../../src/tables/parquet-read.js';
import { bridgescope, goldenRuns, smallPool, smallRun } from '../cli/run.js';
import { smallLlama } from '../model/families/golden-models.js';

describe('report', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'bridgescope-report-'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const dataOf = (html: string): EmbeddedData => {
    const [, text] = new RegExp(
      `<script type="application/json" id="${dataElement}">(.*?)</script>`,
      's',
    ).exec(html)!;
    return JSON.parse(text!);
  };

  it('writes the table, eight checkpoints bit for bit, and what opens the others', async () => {
    const out = join(folder, 'small.html');
    const { status, stdout } = await bridgescope('report', smallRun, '--out', out);
    expect(status).toBe(0);
    expect(stdout).toMatch(/small\.html {2}[01]\.\d MB/);
    const html = readFileSync(out, 'utf8');
    const { runs } = dataOf(html);
    const [run] = runs;
    const steps = Object.keys(run!.checkpoints).map(Number);
    expect(steps).toHaveLength(8);
    expect(steps[0]).toBe(0);
    expect(steps.at(-1)).toBe(2000);
    for (const step of steps) {
      const bytes = Buffer.from(run!.checkpoints[String(step)]!, 'base64');
      expect(bytes.equals(readFileSync(join(smallRun, `ckpt_${step}.pt`)))).toBe(true);
    }
    const absent = run!.summary.steps.find(({ step }) => step === 300)!;
    expect(absent.status).toBe('absent');
    // The path is quoted where it has spaces.
    expect(absent.message).toMatch(/small_run'? --step 300/);
    const { table } = await parseParquet(Buffer.from(run!.table, 'base64'), 'table');
    expect(new Set(curvesOf(table).all.map(({ key }) => key.measure)).has('qk_ov_match')).toBe(true);
    // Text and figures that need no script.
    const [fixed] = /<main class="static">.*<\/main>/s.exec(html)!;
    expect(fixed.match(/<svg /g)).toHaveLength(5);
    expect(fixed).toMatch(/OOD error crosses one half at step 1\u202f2\d\d\./);
    expect(fixed.match(/<code>[0-9a-f]{64}<\/code>/g)).toHaveLength(21);
    // No errors are recorded at step 0.
    expect(fixed).toMatch(/<th scope="row">0<\/th><td>–<\/td><td>–<\/td><td>−?\d/);
    expect(fixed).toMatch(/<th scope="row">2000<\/th><td>\d\.\d{3}<\/td><td>\d/);
    // Nothing is fetched, and only the script of the page runs.
    expect(html).toMatch(/default-src 'none'; script-src 'sha256-[\w+/=]{44}' 'wasm-unsafe-eval'/);
    const markup = html.replace(/<script\b.*?<\/script>/gs, '');
    expect(markup.length).toBeLessThan(html.length / 2);
    expect(markup).not.toMatch(/(?:src|href)="(?!data:)[^"#]/);
  });

  it('gives the same bytes at any number of threads', async () => {
    const outs = [join(folder, 'one.html'), join(folder, 'two.html')];
    await bridgescope('report', smallRun, '--out', outs[0]!, '--jobs', '1', '--quiet');
    await bridgescope('report', smallRun, '--out', outs[1]!, '--jobs', '3', '--quiet');
    expect(readFileSync(outs[0]!).equals(readFileSync(outs[1]!))).toBe(true);
  });

  it('embeds what is asked for, and says what there is not', async () => {
    const out = join(folder, 'asked.html');
    expect((await bridgescope('report', smallRun, '--out', out, '--embed-steps', '0,500')).status).toBe(0);
    expect(Object.keys(dataOf(readFileSync(out, 'utf8')).runs[0]!.checkpoints)).toEqual(['0', '500']);
    expect((await bridgescope('report', smallRun, '--out', out, '--embed-steps', 'none')).status).toBe(0);
    expect(dataOf(readFileSync(out, 'utf8')).runs[0]!.checkpoints).toEqual({});
    const missing = await bridgescope('report', smallRun, '--out', out, '--embed-steps', '150');
    expect(missing.status).toBe(2);
    expect(missing.stderr).toContain('--embed-steps 150: no run has a checkpoint of this step');
    expect((await bridgescope('report', smallRun, '--out', join(folder, 'report.pdf'))).status).toBe(2);
    expect((await bridgescope('report', smallRun)).status).toBe(2);
    expect((await bridgescope('report', join(folder, 'no-such'), '--out', out)).status).toBe(1);
  });

  it('goes on without a broken checkpoint, names it, and exits with 3', async () => {
    const run = join(folder, 'broken');
    cpSync(smallRun, run, { recursive: true });
    writeFileSync(join(run, 'ckpt_1100.pt'), 'broken');
    const out = join(folder, 'broken.html');
    const { status, stderr } = await bridgescope('report', run, '--out', out, '--quiet');
    expect(status).toBe(3);
    expect(stderr).toContain('skipped: ');
    expect(stderr).toContain('ckpt_1100.pt');
    const info = dataOf(readFileSync(out, 'utf8')).runs[0]!.summary.steps.find(({ step }) => step === 1100)!;
    expect(info.status).toBe('broken');
  });

  it('gives a panel one axis of values in all runs, with the titles of the page', async () => {
    const out = join(folder, 'two.html');
    const { status } = await bridgescope('report', smallRun, smallPool, '--out', out, '--quiet');
    expect(status).toBe(0);
    const [fixed] = /<main class="static">.*<\/main>/s.exec(readFileSync(out, 'utf8'))!;
    const figures = [...fixed.matchAll(/<svg .*?<\/svg>/gs)].map(([svg]) =>
      [...svg.matchAll(/<text[^>]*>([^<]*)<\/text>/g)].map(([, text]) => text!),
    );
    const numbers = (texts: readonly string[]) => texts.filter((text) => /^[−-]?\d\.\d$/.test(text));
    // Second panels of both: the z-score of one rises to 2, that of the other is noise around 0.
    const [own, other] = [figures[1]!, figures[6]!];
    expect(own).toContain('Does like attend to like?');
    expect(numbers(own).length).toBeGreaterThan(3);
    expect(numbers(other)).toEqual(numbers(own));
  });

  it('has one table and no figures of each run where there are many', async () => {
    const out = join(folder, 'sweep.html');
    const sweep = fileURLToPath(new URL('../../results/pool_sweep_small/measures.parquet', import.meta.url));
    expect((await bridgescope('report', sweep, '--out', out, '--quiet')).status).toBe(0);
    const [fixed] = /<main class="static">.*<\/main>/s.exec(readFileSync(out, 'utf8'))!;
    expect(fixed).not.toContain('static-figure ');
    const [table] = /<caption>Each run at its last checkpoint.*?<\/table>/s.exec(fixed)!;
    expect(table.match(/<tr>/g)).toHaveLength(40);
    expect(fixed.match(/<svg /g)).toHaveLength(4);
  });

  it('takes every kind of run there is, and a table', async () => {
    const out = join(folder, 'table.html');
    await bridgescope('measure', smallRun, '--out', folder, '--no-figures', '--quiet', '--format', 'csv');
    expect((await bridgescope('report', join(folder, 'measures.csv'), '--out', out, '--quiet')).status).toBe(
      0,
    );
    const [run] = dataOf(readFileSync(out, 'utf8')).runs;
    expect(run!.summary.steps.every(({ status }) => status === 'absent')).toBe(true);
  });

  it('takes models of one layer, of many heads, and without rotary positions', async () => {
    const out = join(folder, 'kinds.html');
    const kinds = ['one_layer', 'four_layers_four_heads', 'learned_positions'];
    const { status } = await bridgescope(
      'report',
      ...kinds.map((name) => join(goldenRuns, name)),
      '--out',
      out,
    );
    expect(status).toBe(0);
    const html = readFileSync(out, 'utf8');
    expect(dataOf(html).runs.map(({ summary }) => summary.name)).toEqual(kinds);
    expect(html).toContain('A model of one layer');
    // The table's numbers are those of the pair that the figure draws strong.
    const [, pair] = /<caption>four_layers_four_heads, heads ([^,]+),/.exec(html) ?? [];
    expect(html).toContain(`${pair}: highest z-score`);
  });

  it('shows a model by its heads, and as it reads a text', async () => {
    const out = join(folder, 'model.html');
    const text = 'abc abc <b>';
    const { status } = await bridgescope('report', smallLlama, '--text', text, '--text', 'aa', '--out', out);
    expect(status).toBe(0);
    const html = readFileSync(out, 'utf8');
    const [{ texts } = { texts: [] }] = dataOf(html).runs;
    expect(texts.map((read) => read.text)).toEqual([text, 'aa']);
    const { reading } = texts[0]!;
    const tokens = text.length;
    expect(reading.tokens.map((token) => token.text).join('')).toBe(text);
    const maps = new Float32Array(new Uint8Array(Buffer.from(reading.attention, 'base64')).buffer);
    expect(maps).toHaveLength(3 * 6 * tokens * tokens);
    // Each query spreads its attention over keys: a row sums to 1.
    for (let row = 0; row < maps.length; row += tokens)
      expect(maps.subarray(row, row + tokens).reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 4);
    // `predict` runs the same model on the same text.
    const predicted = await bridgescope('predict', smallLlama, text, '--json');
    expect(reading.meanLoss).toBeCloseTo(JSON.parse(predicted.stdout)[0].loss, 6);
    // Without a script: the map of all pairs, the circuit, the grids; the table of pairs; the text, as text.
    const [fixed] = /<main class="static">.*<\/main>/s.exec(html)!;
    expect(fixed).toContain('Which head reads which?');
    expect(fixed).toContain('Which heads make the circuit?');
    expect(fixed).not.toContain('no test errors');
    expect(fixed).toMatch(/<th scope="row">0\.0<\/th><td>1\.3<\/td>/);
    expect(fixed).toContain('“abc abc &#60;b&#62;”');
  });

  it.each([
    [['--text', ''], smallLlama, 1, /makes no tokens/],
    [['--text', 'a'], smallRun, 2, /none of the inputs is a model/],
  ])('writes nothing where a text cannot be read: %j', async (args, input, expected, message) => {
    const out = join(folder, 'none.html');
    const { status, stderr } = await bridgescope('report', input, ...args, '--out', out, '--quiet');
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stderr).toMatch(message);
    expect(status).toBe(expected);
    expect(existsSync(out)).toBe(false);
  });

  it('lets no text end its script element', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.string(), (value, text) => {
        const data = { value, text, end: `</script><!--${text}<script>` };
        const json = scriptJson(data);
        expect(json).not.toMatch(/[<>&\u2028\u2029]/);
        expect(JSON.parse(json)).toEqual(JSON.parse(JSON.stringify(data)));
      }),
    );
  });
});

describe('the steps to embed', () => {
  const curvesWith = (values: readonly number[]) => {
    const builder = new TableBuilder();
    const key = { setting: 'run', measure: 'err_ood', of: null, rel_pos: null, rank: null, statistic: null };
    builder.appendCurve(
      key,
      values.map((_, at) => (at + 1) * 10),
      values,
    );
    return curvesOf(builder.build());
  };
  const steps = Array.from({ length: 101 }, (_, at) => at * 10);

  it('are the first, the last, and six across the fall of OOD error', () => {
    const falling = Array.from({ length: 100 }, (_, at) => 1 / (1 + Math.exp((at - 50) / 4)));
    const chosen = stepsToEmbed(steps, curvesWith(falling), 'run');
    expect(chosen).toHaveLength(8);
    expect(chosen[0]).toBe(0);
    expect(chosen[7]).toBe(1000);
    // The logistic curve is at nine tenths 8.8 entries before its middle, at one tenth as many after.
    expect(chosen[1]).toBe(420);
    expect(chosen[6]).toBe(600);
  });

  it('are spread evenly where it does not fall', () => {
    const level = curvesWith(new Array(100).fill(0.98));
    expect(stepsToEmbed(steps, level, 'run')).toEqual([0, 140, 290, 430, 570, 710, 860, 1000]);
  });

  it('are eight steps of the run in order, whatever the curve', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 1, maxLength: 60 }),
        fc.uniqueArray(fc.integer({ min: 0, max: 700 }), { minLength: 1, maxLength: 60 }),
        (values, some) => {
          const available = some.sort((a, b) => a - b);
          const chosen = stepsToEmbed(available, curvesWith(values), 'run');
          expect(chosen).toHaveLength(Math.min(8, available.length));
          expect(chosen).toEqual([...new Set(chosen)].sort((a, b) => a - b));
          expect(chosen.every((step) => available.includes(step))).toBe(true);
          expect(chosen[0]).toBe(available[0]);
          expect(chosen.at(-1)).toBe(available.at(-1));
        },
      ),
    );
  });
});
