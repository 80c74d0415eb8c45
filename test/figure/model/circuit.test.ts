import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { svgOf } from '../../../src/figure/dynamics.js';
import type { Box, TextMark } from '../../../src/figure/marks.js';
import { type CircuitEdge, drawCircuit, type HeadBehaviour } from '../../../src/figure/model/circuit.js';
import { layOutCircuit } from '../../../src/figure/model/circuit-layout.js';
import { layerOfHead } from '../../../src/model/heads.js';
import { gpt2Grid } from './some-model.js';

const head = (layer: number, number: number) => 12 * layer + number;

function edge(writer: number, reader: number, match: number, q: number): CircuitEdge {
  return { writer, reader, match, q, zScore: 3 * match, kComposition: match > 0.6 ? 0.1 : Number.NaN };
}

const edges = [
  edge(head(4, 11), head(5, 1), 0.71, 0.0004),
  edge(head(4, 11), head(6, 9), 0.68, 0.0004),
  edge(head(4, 11), head(5, 5), 0.66, 0.002),
  edge(head(2, 2), head(5, 1), 0.6, 0.01),
  edge(head(4, 11), head(7, 10), 0.58, 0.02),
  edge(head(3, 7), head(6, 9), 0.55, 0.04),
  edge(head(5, 6), head(7, 2), 0.52, 0.06),
  edge(head(2, 2), head(10, 7), 0.5, 0.08),
];

const behaviours: HeadBehaviour[] = [
  { head: head(4, 11), previousToken: 0.99, induction: 0, duplicateToken: 0.01 },
  { head: head(5, 1), previousToken: 0.01, induction: 0.97, duplicateToken: 0.01 },
  { head: head(3, 7), previousToken: 0.2, induction: 0.1, duplicateToken: Number.NaN },
  { head: head(2, 2), previousToken: Number.NaN, induction: Number.NaN, duplicateToken: 0.5 },
];

const circuit = {
  ...{ setting: 'some model', details: 'rank 10, mean, rel_pos −1', grid: gpt2Grid },
  ...{ edges, behaviours },
};

describe('the circuit', () => {
  test('as a picture', async () => {
    const svg = svgOf(drawCircuit(circuit)!, false);
    expect(svg).not.toMatch(/NaN|Infinity|undefined/);
    await expect(svg).toMatchFileSnapshot('../snapshots/circuit.svg');
  });

  test('says what heads attend to, where it is much, and the evidence of each edge', () => {
    const texts = drawCircuit(circuit)!
      .panels[0]!.marks.filter((mark): mark is TextMark => mark.kind === 'text')
      .map(({ content }) => content);
    const said = texts.filter((text) => /^(previous token|induction|same token) \d/.test(text));
    expect(said.sort()).toEqual(['induction 0.97', 'previous token 0.99', 'same token 0.50']);
    expect(texts.join(' ')).toContain('4.11 > 5.1 0.71 2.13 0.10 < .001');
    expect(texts.join(' ')).toContain('2.2 > 10.7 0.50 1.50 – .080');
  });

  test('no edge, no figure', () => {
    expect(drawCircuit({ ...circuit, edges: [] })).toBeUndefined();
  });
});

test('edges run from left to right and behind no head, heads overlap none', () => {
  const pair = fc
    .tuple(fc.nat(143), fc.nat(143))
    .map(([a, b]) => ({ writer: Math.min(a, b), reader: Math.max(a, b) }))
    .filter(({ writer, reader }) => layerOfHead(gpt2Grid, writer) < layerOfHead(gpt2Grid, reader));
  fc.assert(
    fc.property(fc.array(pair, { minLength: 1, maxLength: 15 }), (pairs) => {
      const { boxes, paths } = layOutCircuit(gpt2Grid, pairs);
      const all = [...boxes.values()];
      expect(all.some((box, at) => all.slice(at + 1).some((other) => overlap(box, other)))).toBe(false);
      paths.forEach(({ x, y }) => {
        for (let at = 0; at < x.length; at++) {
          if (at > 0) expect(x[at]!).toBeGreaterThanOrEqual(x[at - 1]!);
          const inside = all.some(
            (box) =>
              x[at]! > box.x && x[at]! < box.x + box.width && y[at]! > box.y && y[at]! < box.y + box.height,
          );
          expect(inside).toBe(false);
        }
      });
    }),
    { numRuns: 50 },
  );
});

function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}
