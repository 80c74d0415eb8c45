import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { HeadGrid } from '../../src/model/heads.js';
import { layerOfHead } from '../../src/model/heads.js';
import { SaveMenu } from '../save/SaveMenu.js';
import { dark } from '../state/theme.js';
import { paintCells, paintFrames } from './atlas-paint.js';
import type { ColourScale } from './colour-scale.js';
import { type AtlasWindow, atlasPicture } from './heads-pictures.js';
import type { PairRows } from './pair-rows.js';

/**
 * Writers from left to right, readers from bottom to top, one cell a pair: the triangle above the diagonal. Lines part the
 * layers. The pointer or the arrow keys go from pair to pair, a click or Enter chooses, a double click zooms in.
 */
export function Atlas(props: {
  readonly grid: HeadGrid;
  readonly rows: PairRows;
  readonly scale: ColourScale;
  /** Place of the chosen pair; -1 for none. */
  readonly chosen: number;
  readonly hovered: number;
  /** The pair below the pointer, -1 for none; and the layers there, where only strong pairs have numbers of their own. */
  readonly onHover: (place: number, layers?: LayersBelow) => void;
  readonly onChoose: (place: number) => void;
  readonly summary: string;
  /** What it is called in its file. */
  readonly title: string;
}) {
  const { grid, rows, scale, chosen, hovered, onHover, onChoose, summary } = props;
  const count = grid.layers * grid.heads;
  const [zoom, setZoom] = useState<AtlasWindow | null>(null);
  const window = zoom ?? { from: 0, count };
  const canvas = useRef<HTMLCanvasElement>(null);
  const above = useRef<HTMLCanvasElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const [side, setSide] = useState(0);
  const isDark = dark.value;
  const seen = useRef({ grid, rows, scale, window });
  seen.current = { grid, rows, scale, window };
  const picture = useMemo(() => atlasPicture(props.title, () => seen.current), [props.title]);

  useEffect(() => {
    const observer = new ResizeObserver(([entry]) => setSide(Math.floor(entry!.contentRect.width)));
    observer.observe(box.current!);
    return () => observer.disconnect();
  }, []);
  useLayoutEffect(() => {
    if (side > 0) paintCells(canvas.current!, { grid, rows, scale, window, side, isDark });
  }, [grid, rows, scale, window.from, window.count, side, isDark]);
  useLayoutEffect(() => {
    if (side > 0) paintFrames(above.current!, { rows, window, side }, [hovered, chosen]);
  }, [rows, chosen, hovered, window.from, window.count, side, isDark]);

  const placeOf = placesByCell(rows, count);
  const headsAt = (event: MouseEvent) => {
    const bounds = above.current!.getBoundingClientRect();
    const writer = window.from + Math.floor(((event.clientX - bounds.left) / bounds.width) * window.count);
    const reader =
      window.from +
      window.count -
      1 -
      Math.floor(((event.clientY - bounds.top) / bounds.height) * window.count);
    return { writer, reader };
  };
  const placeAt = (event: MouseEvent): number => {
    const { writer, reader } = headsAt(event);
    // A strong pair is drawn larger than its cell.
    return placeNear(placeOf, count, writer, reader, side > 0 ? Math.ceil((2 * window.count) / side) : 0);
  };
  const layersAt = (event: MouseEvent): LayersBelow | undefined => {
    const { writer, reader } = headsAt(event);
    const [from, to] = [layerOfHead(grid, writer), layerOfHead(grid, reader)];
    return rows.layers === undefined || from >= to ? undefined : { from, to };
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const move = moves[event.key];
    const at = hovered >= 0 ? hovered : chosen;
    if (move !== undefined && !event.ctrlKey && !event.altKey && !event.metaKey) {
      event.preventDefault();
      // The page's own arrow keys go from step to step.
      event.stopPropagation();
      onHover(at < 0 ? 0 : neighbour(rows, placeOf, count, at, move));
    } else if (event.key === 'Enter' && at >= 0) {
      event.preventDefault();
      onChoose(at);
    } else if (event.key === 'Escape' && zoom !== null) {
      event.stopPropagation();
      setZoom(null);
    }
  };
  const onZoom = (event: MouseEvent) => {
    const { writer, reader } = headsAt(event);
    if (layerOfHead(grid, writer) >= layerOfHead(grid, reader)) return;
    // Four layers around the pair, or a quarter of the model: enough to see its neighbours.
    const size = Math.max(4 * grid.heads, Math.min(window.count, Math.ceil(window.count / 4)));
    const middle = (writer + reader) / 2;
    const from = Math.max(0, Math.min(count - size, Math.round(middle - size / 2)));
    setZoom(size >= count ? null : { from, count: size });
  };
  return (
    <div class="atlas">
      <div class="atlas-map" ref={box}>
        <canvas ref={canvas} />
        <canvas
          ref={above}
          role="img"
          aria-label={summary}
          tabIndex={0}
          onPointerMove={(event) => onHover(placeAt(event), layersAt(event))}
          onPointerLeave={() => onHover(-1)}
          onBlur={() => onHover(-1)}
          onClick={(event) => {
            const place = placeAt(event);
            if (place >= 0) onChoose(place);
          }}
          onDblClick={onZoom}
          onKeyDown={onKeyDown}
        />
        {side > 0 ? <LayerLabels grid={grid} window={window} side={side} /> : null}
      </div>
      <p class="atlas-axes">
        <span>layer of the writer →</span>
        {zoom === null ? (
          <span class="quiet">double click zooms in</span>
        ) : (
          <button type="button" class="plain" onClick={() => setZoom(null)}>
            whole model
          </button>
        )}
        <SaveMenu picture={picture} />
      </p>
    </div>
  );
}

/** Two layers in which a pair without numbers of its own lies. */
export interface LayersBelow {
  readonly from: number;
  readonly to: number;
}

const moves: Readonly<Record<string, readonly [writer: number, reader: number]>> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, 1],
  ArrowDown: [0, -1],
};

const cells = new WeakMap<Int32Array, Map<number, number>>();

/** The place of each pair by its cell. */
function placesByCell({ writer, reader }: PairRows, count: number): ReadonlyMap<number, number> {
  let map = cells.get(writer);
  if (map === undefined) {
    map = new Map();
    for (let at = 0; at < writer.length; at++) map.set(reader[at]! * count + writer[at]!, at);
    cells.set(writer, map);
  }
  return map;
}

/** The place of the pair in a cell, or else of the nearest one within some cells; -1 where there is none. */
function placeNear(
  placeOf: ReadonlyMap<number, number>,
  count: number,
  writer: number,
  reader: number,
  reach: number,
): number {
  let found = placeOf.get(reader * count + writer) ?? -1;
  let nearest = Number.POSITIVE_INFINITY;
  if (found >= 0 || reach < 2) return found;
  for (let down = -reach; down <= reach; down++) {
    for (let right = -reach; right <= reach; right++) {
      const place = placeOf.get((reader + down) * count + writer + right);
      const distance = down * down + right * right;
      if (place === undefined || distance >= nearest) continue;
      nearest = distance;
      found = place;
    }
  }
  return found;
}

/** The next pair in a direction: in its own row or column, or else, where few pairs have numbers, the nearest on that side. */
function neighbour(
  rows: PairRows,
  placeOf: ReadonlyMap<number, number>,
  count: number,
  from: number,
  [byWriter, byReader]: readonly [number, number],
): number {
  const [ownWriter, ownReader] = [rows.writer[from]!, rows.reader[from]!];
  if (rows.layers === undefined) {
    let [writer, reader] = [ownWriter + byWriter, ownReader + byReader];
    while (writer >= 0 && reader >= 0 && writer < count && reader < count) {
      const place = placeOf.get(reader * count + writer);
      if (place !== undefined) return place;
      writer += byWriter;
      reader += byReader;
    }
    return from;
  }
  let found = from;
  let nearest = Number.POSITIVE_INFINITY;
  for (let place = 0; place < rows.writer.length; place++) {
    const [right, up] = [rows.writer[place]! - ownWriter, rows.reader[place]! - ownReader];
    const along = right * byWriter + up * byReader;
    const aside = Math.abs(right * byReader) + Math.abs(up * byWriter);
    // Nearer to the direction than to the one across it.
    if (along <= 0 || aside > along || Number.isNaN(rows.value[place])) continue;
    if (along + 2 * aside >= nearest) continue;
    nearest = along + 2 * aside;
    found = place;
  }
  return found;
}

/** Numbers of the layers along both axes, as many as have room. */
function LayerLabels(props: {
  readonly grid: HeadGrid;
  readonly window: AtlasWindow;
  readonly side: number;
}) {
  const { grid, window, side } = props;
  const cell = side / window.count;
  const first = layerOfHead(grid, window.from);
  const last = layerOfHead(grid, window.from + window.count - 1);
  const every = Math.max(1, Math.ceil(24 / (cell * grid.heads)));
  const layers = Array.from({ length: last - first + 1 }, (_, at) => first + at).filter(
    (layer) => (layer - first) % every === 0,
  );
  return (
    <>
      {layers.map((layer) => {
        const middle = ((layer + 0.5) * grid.heads - window.from) * cell;
        if (middle < 0 || middle > side) return null;
        return (
          <>
            <span class="atlas-label below" key={`x${layer}`} style={{ left: `${middle}px` }}>
              {layer}
            </span>
            <span class="atlas-label beside" key={`y${layer}`} style={{ bottom: `${middle}px` }}>
              {layer}
            </span>
          </>
        );
      })}
    </>
  );
}
