import type { Arena } from '../../linalg/arena.js';
import { type Matrix, matrix } from '../../linalg/matrix.js';
import type { CircuitSet } from './circuit-set.js';
import { packColumns, panelArena, panelCount } from './panels.js';

/** Panels of rows of every circuit that are formed at once: four of them share what is read of the other factor. */
const mostPanels = 4;

/** Memory that the strips of all circuits may take together. */
const stripBytes = 64 * 2 ** 20;

/**
 * Inner products of circuits, where heads are narrow: the d×d circuits are formed strip by strip and compared as vectors,
 * d² products a pair. A strip of rows is a few megabytes. The sum of a pair is taken in one order
 * whatever else is in the sets, so its bits depend on the two circuits alone.
 * @param symmetric whether all circuits are symmetric matrices: then half of their entries do
 * @returns first.count×second.count
 */
export function productsByStrips(first: CircuitSet, second: CircuitSet, symmetric: boolean): Matrix {
  const space = panelArena();
  const left = place(space, first);
  const right = place(space, second);
  const { h, d } = left;
  const panels = panelCount(d);
  const heads = panelCount(first.count) + panelCount(second.count);
  const perPanel = panels * 16;
  const strip = Math.max(1, Math.min(mostPanels, Math.floor(stripBytes / (heads * 4 * perPanel * 8))));
  const panelBytes = strip * perPanel * 32;
  const leftVectors = vectors(space, first.count, panelBytes);
  const rightVectors = vectors(space, second.count, panelBytes);
  const ldc = 4 * panelCount(second.count);
  const rows = 4 * panelCount(first.count);
  const out = space.room(rows * ldc);
  space.view(out, rows * ldc).fill(0);
  const { kernels } = space;
  for (let from = 0; from < panels; from += strip) {
    const to = Math.min(panels, from + strip);
    const form = (set: PlacedSet, place: number, above: number): number => {
      let length = 0;
      for (let at = 0; at < set.count; at++) {
        const target = place + (at >> 2) * panelBytes + (at & 3) * 8;
        const { x, y } = set.circuits[at]!;
        length = kernels.circuitVectors(x, y, h, panels, from, to, symmetric, above, target);
      }
      return length;
    };
    const length = form(left, leftVectors, 1);
    form(right, rightVectors, 2);
    kernels.innerProducts(
      ...[leftVectors, rightVectors, panelBytes, length, out, ldc],
      ...[panelCount(first.count), panelCount(second.count)],
    );
  }
  const result = matrix(first.count, second.count);
  for (let row = 0; row < first.count; row++) {
    result.data.set(space.view(out + row * ldc * 8, second.count), row * second.count);
  }
  return result;
}

interface PlacedSet {
  readonly count: number;
  readonly h: number;
  readonly d: number;
  readonly circuits: readonly { readonly x: number; readonly y: number }[];
}

function place(space: Arena, set: CircuitSet): PlacedSet {
  let [h, d] = [0, 0];
  const circuits = Array.from({ length: set.count }, (_, at) => {
    const { x, y } = set.circuit(at);
    [h, d] = [x.rows, x.cols];
    const numbers = panelCount(d) * h * 4;
    const isOne = x === y;
    if (at === 0) space.reserve(set.count * numbers * (isOne ? 1 : 2));
    const placeOfX = space.room(numbers);
    const placed = { x: placeOfX, y: isOne ? placeOfX : space.room(numbers) };
    packColumns(space, placed.x, x);
    if (!isOne) packColumns(space, placed.y, y);
    return placed;
  });
  return { count: set.count, h, d, circuits };
}

/** Room for the vectors of all heads; zeros, so that the places of missing heads add nothing. */
function vectors(space: Arena, count: number, panelBytes: number): number {
  const numbers = (panelCount(count) * panelBytes) / 8;
  const at = space.room(numbers);
  space.view(at, numbers).fill(0);
  return at;
}
