import { type Matrix, matrix } from '../../linalg/matrix.js';
import type { CircuitFactors, CircuitSet } from './circuit-set.js';
import { packRows, panelArena, panelCount } from './panels.js';

/** Memory of the circuits of the first set that are held at once. */
const heldBytes = 64 * 2 ** 20;

/**
 * Inner products of circuits, where heads are wide: from h×h products of their factors,
 * ⟨xₐᵀ yₐ, x_bᵀ y_b⟩ = Σ (xₐ x_bᵀ)ᵢⱼ (yₐ y_bᵀ)ᵢⱼ, which is ‖xₐ x_bᵀ‖² where both have one factor: h²d products a pair each. The
 * sum of a pair is taken in one order whatever else is in the sets, so its bits depend on the two circuits alone.
 * @returns first.count×second.count
 */
export function productsByRows(first: CircuitSet, second: CircuitSet): Matrix {
  const out = matrix(first.count, second.count);
  for (let from = 0, held = 1; from < first.count; from += held) {
    const lead = first.circuit(from);
    held = Math.min(first.count - from, Math.max(1, Math.floor(heldBytes / (8 * sizeOf(lead)))));
    productsOfSome(first, second, from, lead, held, out);
  }
  return out;
}

/** Rows `from` to from + held of all products. @param lead the first of these circuits */
function productsOfSome(
  first: CircuitSet,
  second: CircuitSet,
  from: number,
  lead: CircuitFactors,
  held: number,
  out: Matrix,
): void {
  const space = panelArena();
  const { rows: h, cols: d } = lead.x;
  const panels = panelCount(h);
  const ld = 4 * panels;
  const numbers = panels * d * 4;
  space.reserve((held + 1) * (lead.x === lead.y ? 1 : 2) * numbers + 2 * ld * ld);
  const products = [space.room(ld * ld), space.room(ld * ld)] as const;
  const place = ({ x, y }: CircuitFactors, at: readonly [number, number]): void => {
    packRows(space, at[0], x);
    if (at[1] !== at[0]) packRows(space, at[1], y);
  };
  const roomFor = ({ x, y }: CircuitFactors): readonly [number, number] => {
    const at = space.room(numbers);
    return [at, x === y ? at : space.room(numbers)];
  };
  const left = Array.from({ length: held }, (_, at) => {
    const circuit = at === 0 ? lead : first.circuit(from + at);
    const placed = roomFor(circuit);
    place(circuit, placed);
    return placed;
  });
  let right: readonly [number, number] | undefined;
  for (let b = 0; b < second.count; b++) {
    const circuit = second.circuit(b);
    right ??= roomFor(circuit);
    place(circuit, right);
    for (const [a, [x, y]] of left.entries()) {
      const multiply = (one: number, other: number, target: number) => {
        space.view(target, ld * ld).fill(0);
        space.kernels.innerProducts(one, other, d * 32, d, target, ld, panels, panels);
        return space.view(target, ld * ld);
      };
      const ofX = multiply(x, right[0], products[0]);
      const isOne = x === y && right[0] === right[1];
      const ofY = isOne ? ofX : multiply(y, right[1], products[1]);
      let sum = 0;
      for (let at = 0; at < ofX.length; at++) sum += ofX[at]! * ofY[at]!;
      out.data[(from + a) * second.count + b] = sum;
    }
  }
}

function sizeOf({ x, y }: CircuitFactors): number {
  return 4 * panelCount(x.rows) * x.cols * (x === y ? 1 : 2);
}
