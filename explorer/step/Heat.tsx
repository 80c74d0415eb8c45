import { useEffect, useRef } from 'preact/hooks';
import { dark } from '../state/theme.js';
import { colourMap, type Palette, paint } from './colour-map.js';

/** An entry of a matrix. */
export interface Cell {
  readonly row: number;
  readonly col: number;
}

/** A matrix, and how it is coloured. */
export interface HeatData {
  readonly rows: number;
  readonly cols: number;
  readonly values: Float32Array;
  readonly palette: Palette;
  readonly low: number;
  readonly high: number;
  /** Whether some entries lie beyond the ends of the scale, and take their colours. */
  readonly beyond?: boolean;
}

/** A heat map: a canvas with one pixel an entry, a frame around the entry looked at, and nothing else. */
export function Heat(props: {
  readonly data: HeatData;
  /** What a reader who does not see it is told. */
  readonly summary: string;
  readonly cell: Cell | null;
  readonly onCell: (cell: Cell | null) => void;
  /** Click, or Enter. */
  readonly onOpen?: (() => void) | undefined;
  /** A row to point out. */
  readonly row?: number | null;
}) {
  const { data, summary, cell, onCell, onOpen, row = null } = props;
  const { rows, cols, values, palette, low, high } = data;
  const canvas = useRef<HTMLCanvasElement>(null);
  const isDark = dark.value;
  useEffect(() => {
    paint(canvas.current!, values, { rows, cols, low, high, colours: colourMap(palette, isDark) });
  }, [values, rows, cols, low, high, palette, isDark]);

  const cellAt = (event: PointerEvent) => {
    const box = canvas.current!.getBoundingClientRect();
    const index = (from: number, size: number, count: number) =>
      Math.max(0, Math.min(count - 1, Math.floor((from / size) * count)));
    onCell({
      row: index(event.clientY - box.top, box.height, rows),
      col: index(event.clientX - box.left, box.width, cols),
    });
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const move = moves[event.key];
    if (move !== undefined && !event.altKey && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      // The page's own arrow keys go from step to step.
      event.stopPropagation();
      const far = event.shiftKey ? 10 : 1;
      const from = cell ?? { row: 0, col: 0 };
      const within = (value: number, count: number) => Math.max(0, Math.min(count - 1, value));
      onCell({
        row: within(from.row + move[0] * far, rows),
        col: within(from.col + move[1] * far, cols),
      });
    } else if (event.key === 'Enter' && onOpen !== undefined) {
      event.preventDefault();
      onOpen();
    }
  };
  return (
    <div class="heat" style={{ aspectRatio: `${cols} / ${rows}` }}>
      <canvas
        ref={canvas}
        role="img"
        aria-label={summary}
        tabIndex={0}
        onPointerMove={cellAt}
        onPointerDown={cellAt}
        onPointerLeave={(event) => event.pointerType === 'mouse' && onCell(null)}
        onBlur={() => onCell(null)}
        onKeyDown={onKeyDown}
        onClick={() => onOpen?.()}
      />
      {row === null ? null : (
        <div class="heat-row" style={{ top: `${(100 * row) / rows}%`, height: `${100 / rows}%` }} />
      )}
      {cell === null ? null : (
        <div
          class="heat-cell"
          style={{
            top: `${(100 * cell.row) / rows}%`,
            left: `${(100 * cell.col) / cols}%`,
            height: `${100 / rows}%`,
            width: `${100 / cols}%`,
          }}
        />
      )}
    </div>
  );
}

const moves: Readonly<Record<string, readonly [number, number]>> = {
  ArrowUp: [-1, 0],
  ArrowDown: [1, 0],
  ArrowLeft: [0, -1],
  ArrowRight: [0, 1],
};
