import { useMemo, useRef } from 'preact/hooks';
import type { HeadGrid } from '../../src/model/heads.js';
import { headName, layerOfHead } from '../../src/model/heads.js';
import { SaveMenu } from '../save/SaveMenu.js';
import { dark } from '../state/theme.js';
import { type ColourScale, cssColour } from './colour-scale.js';
import { graphPicture } from './heads-pictures.js';
import type { PairRows } from './pair-rows.js';

/** Pairs drawn; more would be a hairball. */
export const drawnPairs = 16;

const size = { width: 640, height: 260, margin: 34 };

/** The strongest pairs over the layers, from the head that writes to the head that reads. */
export function PairGraph(props: {
  readonly grid: HeadGrid;
  readonly rows: PairRows;
  readonly places: Int32Array;
  readonly scale: ColourScale;
  readonly chosen: number;
  /** What it is called in its file. */
  readonly title: string;
}) {
  const { grid, rows, places, scale, chosen } = props;
  const strongest = [...places].sort((a, b) => rows.value[b]! - rows.value[a]!).slice(0, drawnPairs);
  const heads = [...new Set(strongest.flatMap((place) => [rows.writer[place]!, rows.reader[place]!]))].sort(
    (a, b) => a - b,
  );
  const at = positionsOf(grid, heads);
  const isDark = dark.value;
  const drawing = useRef<SVGSVGElement>(null);
  const seen = useRef({ grid, rows, places });
  seen.current = { grid, rows, places };
  const picture = useMemo(
    () =>
      graphPicture(
        props.title,
        () => drawing.current!,
        () => seen.current,
      ),
    [props.title],
  );
  return (
    <>
      <SaveMenu picture={picture} />
      <svg
        ref={drawing}
        class="pair-graph"
        viewBox={`0 0 ${size.width} ${size.height}`}
        role="img"
        aria-label={`the ${strongest.length} strongest pairs: ${strongest
          .slice(0, 5)
          .map((place) => rows.names[place])
          .join(', ')}`}
      >
        {strongest.toReversed().map((place) => {
          const from = at.get(rows.writer[place]!)!;
          const to = at.get(rows.reader[place]!)!;
          const bend = (to.x - from.x) / 2;
          const isChosen = place === chosen;
          return (
            <path
              key={rows.names[place]}
              d={`M${from.x + 15} ${from.y}C${from.x + bend} ${from.y} ${to.x - bend} ${to.y} ${to.x - 15} ${to.y}`}
              class={isChosen ? 'edge chosen' : 'edge'}
              style={isChosen ? {} : { stroke: cssColour(scale, rows.value[place]!, isDark) }}
            >
              <title>{rows.names[place]}</title>
            </path>
          );
        })}
        {heads.map((head) => {
          const { x, y } = at.get(head)!;
          return (
            <g key={head} transform={`translate(${x} ${y})`}>
              <circle r="15" class="node" />
              <text class="node-name" dy="4">
                {headName(grid, head)}
              </text>
            </g>
          );
        })}
        {[...new Set(heads.map((head) => layerOfHead(grid, head)))].map((layer) => (
          <text key={layer} class="layer-name" x={columnOf(grid, heads, layer)} y={size.height - 4}>
            layer {layer}
          </text>
        ))}
      </svg>
    </>
  );
}

/** The middle of a layer's column: columns are for layers that have a head. */
function columnOf(grid: HeadGrid, heads: readonly number[], layer: number): number {
  const layers = [...new Set(heads.map((head) => layerOfHead(grid, head)))];
  const { width, margin } = size;
  const place = layers.length === 1 ? 0.5 : layers.indexOf(layer) / (layers.length - 1);
  return margin + place * (width - 2 * margin);
}

function positionsOf(
  grid: HeadGrid,
  heads: readonly number[],
): ReadonlyMap<number, { readonly x: number; readonly y: number }> {
  const { height } = size;
  return new Map(
    heads.map((head) => {
      const layer = layerOfHead(grid, head);
      const own = heads.filter((other) => layerOfHead(grid, other) === layer);
      const y = 18 + ((own.indexOf(head) + 0.5) / own.length) * (height - 52);
      return [head, { x: columnOf(grid, heads, layer), y }] as const;
    }),
  );
}
