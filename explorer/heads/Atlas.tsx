import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import type { HeadGrid } from '../../src/model/heads.js';
import { layerOfHead } from '../../src/model/heads.js';
import { SaveMenu } from '../save/SaveMenu.js';
import { dark } from '../state/theme.js';
import { colourMap } from '../step/colour-map.js';
import { type ColourScale, colourIndex } from './colour-scale.js';
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
  readonly onHover: (place: number) => void;
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
  const placeAt = (event: MouseEvent): number => {
    const bounds = above.current!.getBoundingClientRect();
    const writer = window.from + Math.floor(((event.clientX - bounds.left) / bounds.width) * window.count);
    const reader =
      window.from +
      window.count -
      1 -
      Math.floor(((event.clientY - bounds.top) / bounds.height) * window.count);
    return placeOf.get(reader * count + writer) ?? -1;
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
    const place = placeAt(event);
    if (place < 0) return;
    // Four layers around the pair, or a quarter of the model: enough to see its neighbours.
    const size = Math.max(4 * grid.heads, Math.min(window.count, Math.ceil(window.count / 4)));
    const middle = (rows.writer[place]! + rows.reader[place]!) / 2;
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
          onPointerMove={(event) => onHover(placeAt(event))}
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

/** The next pair in a direction that the table has. */
function neighbour(
  rows: PairRows,
  placeOf: ReadonlyMap<number, number>,
  count: number,
  from: number,
  [byWriter, byReader]: readonly [number, number],
): number {
  let writer = rows.writer[from]! + byWriter;
  let reader = rows.reader[from]! + byReader;
  while (writer >= 0 && reader >= 0 && writer < count && reader < count) {
    const place = placeOf.get(reader * count + writer);
    if (place !== undefined) return place;
    writer += byWriter;
    reader += byReader;
  }
  return from;
}

function prepare(canvas: HTMLCanvasElement, side: number): CanvasRenderingContext2D {
  const ratio = devicePixelRatio || 1;
  const size = Math.round(side * ratio);
  if (canvas.width !== size) {
    canvas.width = size;
    canvas.height = size;
  }
  const ink = canvas.getContext('2d')!;
  ink.setTransform(ratio, 0, 0, ratio, 0, 0);
  ink.clearRect(0, 0, side, side);
  return ink;
}

function paintCells(
  canvas: HTMLCanvasElement,
  options: {
    readonly grid: HeadGrid;
    readonly rows: PairRows;
    readonly scale: ColourScale;
    readonly window: AtlasWindow;
    readonly side: number;
    readonly isDark: boolean;
  },
): void {
  const { grid, rows, scale, window, side, isDark } = options;
  const ink = prepare(canvas, side);
  const { from, count } = window;
  const image = new ImageData(count, count);
  const pixels = new Uint32Array(image.data.buffer);
  const colours = colourMap(scale.palette, isDark);
  for (let at = 0; at < rows.value.length; at++) {
    const x = rows.writer[at]! - from;
    const y = count - 1 - (rows.reader[at]! - from);
    if (x < 0 || y < 0 || x >= count || y >= count || Number.isNaN(rows.value[at])) continue;
    pixels[y * count + x] = colours[colourIndex(scale, rows.value[at]!)]!;
  }
  const small = new OffscreenCanvas(count, count);
  small.getContext('2d')!.putImageData(image, 0, 0);
  ink.imageSmoothingEnabled = false;
  ink.drawImage(small, 0, 0, side, side);
  ink.strokeStyle = getComputedStyle(canvas).getPropertyValue('--rule');
  ink.lineWidth = 1;
  const cell = side / count;
  ink.beginPath();
  for (let layer = 0; layer <= grid.layers; layer++) {
    const edge = Math.round((layer * grid.heads - from) * cell) + 0.5;
    if (edge < 0 || edge > side + 1) continue;
    const x = Math.min(edge, side - 0.5);
    const y = Math.max(0.5, side - edge + 1);
    ink.moveTo(x, 0);
    ink.lineTo(x, side);
    ink.moveTo(0, y);
    ink.lineTo(side, y);
  }
  ink.stroke();
}

/** Frames around the pair below the pointer and the chosen one, at least a few pixels wide. */
function paintFrames(
  canvas: HTMLCanvasElement,
  { rows, window, side }: { readonly rows: PairRows; readonly window: AtlasWindow; readonly side: number },
  places: readonly number[],
): void {
  const ink = prepare(canvas, side);
  const cell = side / window.count;
  const size = Math.max(cell, 7);
  const style = getComputedStyle(canvas);
  places.forEach((place, at) => {
    if (place < 0) return;
    const x = (rows.writer[place]! - window.from + 0.5) * cell;
    const y = side - (rows.reader[place]! - window.from + 0.5) * cell;
    ink.strokeStyle = style.getPropertyValue('--paper');
    ink.lineWidth = 4;
    ink.strokeRect(x - size / 2, y - size / 2, size, size);
    ink.strokeStyle = style.getPropertyValue(at === 0 ? '--muted' : '--text');
    ink.lineWidth = 2;
    ink.strokeRect(x - size / 2, y - size / 2, size, size);
  });
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
