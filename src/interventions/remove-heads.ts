import { matrix } from '../linalg/matrix.js';
import { type HeadIndex, headInLayer, layerOfHead } from '../model/heads.js';
import { mapOfMatrix, matrixOfMap, setColumns } from './head-blocks.js';
import { type Intervention, withAttention } from './intervention.js';

/**
 * Heads put nothing into the residual stream: their columns of W_o are 0. The bias of W_o, which belongs to no head, stays.
 * Removing all heads of a layer without that bias is skipping its attention.
 * Source: paper, removal of induction heads.
 */
export function removeHeads(heads: Iterable<HeadIndex>): Intervention {
  return (weights) => {
    const { architecture } = weights;
    const { headWidth, width } = architecture;
    const nothing = matrix(width, headWidth);
    return withAttention(
      weights,
      new Map(
        [...byLayer(architecture.heads, heads)].map(([layer, own]) => [
          layer,
          (attention) => {
            const output = matrixOfMap(attention.output);
            for (const head of own) setColumns(output, head * headWidth, nothing);
            return { ...attention, output: mapOfMatrix(output, attention.output.bias) };
          },
        ]),
      ),
    );
  };
}

/** Heads of each layer, numbered within it, each once. */
export function byLayer(headsOfLayer: number, heads: Iterable<HeadIndex>): Map<number, Set<number>> {
  const grid = { layers: 0, heads: headsOfLayer };
  const layers = new Map<number, Set<number>>();
  for (const index of heads) {
    const layer = layerOfHead(grid, index);
    const own = layers.get(layer) ?? new Set();
    layers.set(layer, own.add(headInLayer(grid, index)));
  }
  return layers;
}
