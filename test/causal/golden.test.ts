import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Edit } from '../../src/causal/edit.js';
import { createRunEditJudge, type RunEditJudge } from '../../src/causal/judge-run-edits.js';
import { openRunWeights } from '../../src/causal/run-worker.js';
import { openTestSet } from '../../src/checkpoint/open.js';
import { kernels } from '../../src/linalg/kernels.js';
import { type HeadGrid, parseHead } from '../../src/model/heads.js';
import type { RunConfig } from '../../src/run/config.js';
import { openRun } from '../../src/run/folder.js';
import { fromTestSet } from '../../src/train/sequences.js';

// Made by tools/make_interventions_golden.py: float64 numpy and PyTorch, dense matrices.
interface Golden {
  readonly run: string;
  readonly step: number;
  // biome-ignore lint/suspicious/noExplicitAny: one of several records of the script
  readonly edit: any;
  readonly test: Counts;
  readonly ood: Counts;
}
interface Counts {
  readonly loss: number;
  readonly correct: number;
  readonly copy_correct: number;
}

const root = join(import.meta.dirname, '../..');
const golden = JSON.parse(readFileSync(join(root, 'test/golden/interventions.json'), 'utf8')) as Golden[];
const grid: HeadGrid = { layers: 2, heads: 1 };
const head = (name: string) => parseHead(grid, name)!;

// biome-ignore lint/suspicious/noExplicitAny: one of several records of the script
function editOf(made: any): Edit {
  const heads = (made.heads ?? []).map(head);
  switch (made.kind) {
    case 'none':
      return { kind: 'none' };
    case 'remove':
      return { kind: 'remove', heads };
    case 'project': {
      const { component, rank, what, rel_pos: relPos } = made;
      const of = made.of.map(head);
      const subspace =
        made.subspace === 'written' ? { kind: 'written', heads: of } : { kind: 'bridge', heads: of, relPos };
      return { kind: 'project', component, heads, rank, what, subspace } as Edit;
    }
    case 'exchange': {
      const replacements = made.pairs.map(([target, source]: [string, string]) => ({
        target: head(target),
        source: head(source),
      }));
      return { kind: 'exchange', circuit: made.circuit, replacements };
    }
    case 'transplant_layer':
      return {
        kind: 'transplant',
        part: { kind: 'layer', layer: made.layer, embedding: made.embedding === true },
        step: made.step,
      };
    default:
      return { kind: 'transplant', part: { kind: 'circuit', heads, circuit: made.circuit }, step: made.step };
  }
}

const judges = new Map<
  string,
  {
    readonly judge: RunEditJudge;
    readonly config: RunConfig;
    readonly sizes: Record<string, [number, number]>;
  }
>();

function judgeOf(folder: string) {
  const known = judges.get(folder);
  if (known !== undefined) return known;
  const { config } = openRun(folder).configFile!;
  const sets = (['test', 'ood'] as const).map((set) => {
    const path = join(folder, set === 'test' ? 'test.pth' : 'test_ood.pth');
    return [set, fromTestSet(openTestSet(path), config, path)] as const;
  });
  const sizes = Object.fromEntries(
    sets.map(([set, { lengths }]) => {
      const masked = lengths.reduce((sum, length) => sum + length - config.ignore_burning, 0);
      return [set, [masked, masked - lengths.length]];
    }),
  ) as Record<string, [number, number]>;
  const judge = createRunEditJudge(config, new Map(sets), kernels);
  const made = { judge, config, sizes };
  judges.set(folder, made);
  return made;
}

describe('edits of the example run leave what PyTorch finds', () => {
  it.each(golden.map((entry) => [`step ${entry.step}: ${JSON.stringify(entry.edit)}`, entry] as const))(
    '%s',
    (_, entry) => {
      const folder = join(root, entry.run);
      const { judge, config, sizes } = judgeOf(folder);
      const weightsAt = (step: number) => openRunWeights(join(folder, `ckpt_${step}.pt`), config);
      const [found] = judge(weightsAt(entry.step), [editOf(entry.edit)], weightsAt);
      for (const set of ['test', 'ood'] as const) {
        const { loss, correct, copy_correct } = entry[set];
        const [masked, determined] = sizes[set]!;
        // The engine is float32: of equal logits up to its rounding, two may fall the other way.
        expect(Math.abs((1 - found![`err_${set}`]!) * masked - correct)).toBeLessThan(2.5);
        expect(Math.abs((1 - found![`copy_err_${set}`]!) * determined - copy_correct)).toBeLessThan(2.5);
        expect(found![`loss_${set}`]).toBeCloseTo(loss, 5);
      }
    },
  );
});
