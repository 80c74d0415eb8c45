import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { bridgescope } from '../cli/run.js';
import { goldenModelPath, goldenModelValues } from '../model/families/golden-models.js';

const folder = mkdtempSync(join(tmpdir(), 'bridgescope intervene '));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface GoldenEdit {
  readonly kind: 'remove' | 'project' | 'exchange';
  readonly component: string;
  readonly heads: readonly [number, number][];
  readonly rank: number;
  readonly rel_pos: number;
  readonly keep: boolean;
  readonly pairs: readonly [[number, number], [number, number]][];
  readonly prob: number;
  readonly wrong: number;
  readonly of: number;
}

const named = (heads: readonly (readonly [number, number])[]) =>
  heads.map((head) => head.join('.')).join(',');

describe('bridgescope intervene of a model', () => {
  it.each(['llama', 'qwen3'])('judges %s as PyTorch does', async (name) => {
    const golden = goldenModelValues(name);
    const tokens = join(folder, `${name}.json`);
    writeFileSync(tokens, JSON.stringify(golden.input_ids_three));
    const edits = golden.interventions as GoldenEdit[];
    const chosen = (['remove', 'project', 'exchange'] as const).map(
      (kind) => edits.find((edit) => edit.kind === kind)!,
    );
    const optionsOf = (edit: GoldenEdit): string[] => {
      if (edit.kind === 'remove') return ['--remove', named(edit.heads)];
      if (edit.kind === 'exchange') {
        const pairs = edit.pairs.map(([to, from]) => `${to.join('.')}:${from.join('.')}`);
        return ['--exchange', pairs.join(','), '--component', edit.component];
      }
      const { heads } = golden.bridge[edit.rel_pos];
      return [
        ...[`--project-${edit.component}`, String(edit.rank), '--bridge', named(heads)],
        ...['--heads', named(edit.heads), `--rel-pos=${edit.rel_pos}`, edit.keep ? '--keep' : '--drop'],
      ];
    };
    await Promise.all(
      chosen.map(async (edit) => {
        const { status, stdout, stderr } = await bridgescope(
          ...['intervene', goldenModelPath(name), '--tokens', tokens, '--json', ...optionsOf(edit)],
        );
        expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
        const found = JSON.parse(stdout);
        expect(Math.abs(found.prob - edit.prob), edit.kind).toBeLessThan(1e-4);
        expect([found.wrong, found.of], edit.kind).toEqual([edit.wrong, edit.of]);
        if (edit.kind !== 'project') return;
        const values = golden.bridge[edit.rel_pos].singular_values as number[];
        values.forEach((value, at) => {
          expect(Math.abs(found.singular_values[at] - value)).toBeLessThan(1e-9 * values[0]!);
        });
      }),
    );
  });

  it('removes the best of a kind beside random heads of the same layers, and goes on where it was', async () => {
    const out = join(folder, 'out');
    const words = ['intervene', goldenModelPath('gpt2'), '--remove', 'induction:2', '--draws', '3'];
    const first = await bridgescope(...words, '--out', out, '--no-figures', '--quiet');
    expect(first.status).toBe(0);
    expect(first.stdout).toMatch(/gpt2/);
    expect(first.stdout).toMatch(/remove \d\.\d, \d\.\d .*random heads/);
    expect(existsSync(join(out, 'interventions.parquet'))).toBe(true);
    const again = await bridgescope(...words, '--out', out, '--no-figures', '--quiet');
    expect(again.stdout).toBe(first.stdout);
  });
});
