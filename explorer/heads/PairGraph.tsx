import { useMemo, useRef } from 'preact/hooks';
import type { HeadGrid } from '../../src/model/heads.js';
import { headName, layerOfHead } from '../../src/model/heads.js';
import { SaveMenu } from '../save/SaveMenu.js';
import { dark } from '../state/theme.js';
import { type ColourScale, cssColour } from './colour-scale.js';
import { graphPicture } from './heads-pictures.js';
import { type PairRows, strengthOf } from './pair-rows.js';

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
  const strongest = useMemo(
    () => [...places].sort((a, b) => strengthOf(rows, b) - strengthOf(rows, a) || a - b).slice(0, drawnPairs),
    [rows, places],
  );
  const heads = [...new Set(strongest.flatMap((place) => [rows.writer[place]!, rows.reader[place]!]))].sort(
    (a, b) => a - b,
  );
  const layers = [...new Set(heads.map((head) => layerOfHead(grid, head)))];
  const columns = columnsOf(layers);
  const at = positionsOf(grid, heads, columns);
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
        viewBox={`0 0 ${columns.width} ${size.height}`}
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
        {layers.map((layer) => (
          <text key={layer} class="layer-name" x={columns.middle(layer)} y={size.height - 4}>
            {layers.length > mostNamedInWords ? layer : `layer ${layer}`}
          </text>
        ))}
        {layers.length > mostNamedInWords ? (
          <text class="layer-name" x="2" y={size.height - 22} style={{ textAnchor: 'start' }}>
            layer
          </text>
        ) : null}
      </svg>
    </>
  );
}

/** More columns than these have no room for the word "layer" below each. */
const mostNamedInWords = 12;

/** Where the columns of layers stand that have a head: as far apart as heads need. */
interface Columns {
  readonly width: number;
  middle(layer: number): number;
  place(layer: number): number;
}

function columnsOf(layers: readonly number[]): Columns {
  const { margin } = size;
  const width = Math.max(size.width, 2 * margin + 42 * (layers.length - 1));
  const share = (layer: number) => (layers.length === 1 ? 0.5 : layers.indexOf(layer) / (layers.length - 1));
  return {
    width,
    middle: (layer) => margin + share(layer) * (width - 2 * margin),
    place: (layer) => layers.indexOf(layer),
  };
}

function positionsOf(
  grid: HeadGrid,
  heads: readonly number[],
  columns: Columns,
): ReadonlyMap<number, { readonly x: number; readonly y: number }> {
  const { height } = size;
  return new Map(
    heads.map((head) => {
      const layer = layerOfHead(grid, head);
      const own = heads.filter((other) => layerOfHead(grid, other) === layer);
      // Heads alone in their columns would stand in one line, and their edges lie over one another.
      const share =
        own.length === 1
          ? [0.5, 0.18, 0.82][columns.place(layer) % 3]!
          : (own.indexOf(head) + 0.5) / own.length;
      const y = 18 + share * (height - 52);
      return [head, { x: columns.middle(layer), y }] as const;
    }),
  );
}
