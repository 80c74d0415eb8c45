import { batch, effect, type ReadonlySignal, signal } from '@preact/signals';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { nearestPoint } from '../state/nearest-point.js';
import { dark } from '../state/theme.js';
import type { View } from '../state/view.js';
import type { ChartData } from './chart-data.js';
import { type Frame, layOut } from './frame.js';
import { listen, type Places } from './gestures.js';
import { paintChart } from './paint.js';
import { type Palette, readPalette } from './palette.js';
import { pinchedSteps } from './pinch.js';
import { labelWidth, paintPointer } from './pointer.js';

/** Lines over steps on a canvas, and above it another that follows the pointer. */
export function Chart(props: {
  readonly data: ReadonlySignal<ChartData>;
  readonly view: Pick<View, 'hover' | 'axis' | 'zoom'>;
  /** The step that is selected, chosen or by default. */
  readonly selected: ReadonlySignal<number | null>;
  readonly onSelect: (step: number) => void;
  /** Spoken in place of the picture. */
  readonly describe: ReadonlySignal<string>;
}) {
  const { data, view, selected, onSelect, describe } = props;
  const box = useRef<HTMLDivElement>(null);
  const chart = useRef<HTMLCanvasElement>(null);
  const above = useRef<HTMLCanvasElement>(null);

  // Ends with the canvases: the clean-up of a passive effect comes after a paint, and drawing would miss them till then.
  useLayoutEffect(() => {
    const size = signal({ width: 0, height: 0 });
    const drag = signal<readonly [number, number] | null>(null);
    const pointerY = signal<number | null>(null);
    const drawn = signal<{ frame: Frame; palette: Palette; data: ChartData } | undefined>(undefined);
    const observer = new ResizeObserver(([entry]) => {
      const { width, height } = entry!.contentRect;
      size.value = { width: Math.floor(width), height: Math.floor(height) };
    });
    observer.observe(box.current!);

    const stopChart = effect(() => {
      const { width, height } = size.value;
      const isDark = dark.value;
      if (width === 0 || height === 0) return;
      const shown = data.value;
      const palette = readPalette();
      const window = { axis: view.axis.value, zoom: view.zoom.value };
      const frame = layOut(shown, window, { width, height }, labelWidth(shown));
      const ink = prepare(chart.current!, width, height);
      if (shown.note === undefined) paintChart(ink, shown, frame, palette);
      else ink.clearRect(0, 0, width, height);
      chart.current!.dataset['theme'] = isDark ? 'dark' : 'light';
      drawn.value = { frame, palette, data: shown };
    });
    const stopPointer = effect(() => {
      if (drawn.value === undefined) return;
      const { frame, palette, data: shown } = drawn.value;
      const pointer = {
        hover: view.hover.value,
        height: pointerY.value,
        selected: selected.value,
        drag: drag.value,
      };
      const ink = prepare(above.current!, frame.width, frame.height);
      if (shown.note === undefined) paintPointer(ink, shown, frame, palette, pointer);
      else ink.clearRect(0, 0, frame.width, frame.height);
    });
    /** The nearest step that a line has a point at. */
    const snap = (step: number): number => {
      let nearest = Number.POSITIVE_INFINITY;
      for (const { faint, steps } of drawn.peek()!.data.lines) {
        const own = faint ? -1 : nearestPoint(steps, step);
        if (own !== -1 && Math.abs(steps[own]! - step) < Math.abs(nearest - step)) nearest = steps[own]!;
      }
      return Number.isFinite(nearest) ? nearest : Math.round(step);
    };
    const stepAt = (x: number): number => {
      const { frame } = drawn.peek()!;
      return frame.stepAt(Math.max(frame.left, Math.min(frame.right, x)));
    };
    let pinch: { from: Places; frame: Frame } | undefined;
    const stopGestures = listen(box.current!, {
      hover: (x, y) => {
        batch(() => {
          pointerY.value = y ?? null;
          view.hover.value = x === null || drawn.peek() === undefined ? null : snap(stepAt(x));
        });
      },
      select: (x) => {
        if (drawn.peek() !== undefined) onSelect(stepAt(x));
      },
      drag: (stretch) => {
        drag.value = stretch;
      },
      zoom: ([from, to]) => {
        if (drawn.peek() === undefined) return;
        const stretch = [Math.round(stepAt(from)), Math.round(stepAt(to))] as const;
        if (stretch[1] - stretch[0] >= 2) view.zoom.value = stretch;
      },
      reset: () => {
        view.zoom.value = null;
      },
      pinch: (from, to) => {
        if (drawn.peek() === undefined) return;
        const { frame, data: shown } = drawn.peek()!;
        if (pinch?.from !== from) pinch = { from, frame };
        const window = { axis: view.axis.peek(), zoom: null };
        const whole = layOut(shown, window, frame, labelWidth(shown)).steps;
        const stretch = pinchedSteps(pinch.frame, whole, from, to);
        if (stretch === null || stretch[1] - stretch[0] >= 2) view.zoom.value = stretch;
      },
    });
    return () => {
      observer.disconnect();
      stopChart();
      stopPointer();
      stopGestures();
    };
  }, [data, view, selected]);

  const { note } = data.value;
  return (
    <div class="chart" ref={box} role="img" aria-label={describe.value}>
      <canvas ref={chart} />
      <canvas ref={above} />
      {note === undefined ? null : <p class="chart-note">{note}</p>}
    </div>
  );
}

/** Sizes a canvas for the screen's pixels, where it is not, and scales it so that drawing is in CSS pixels. */
function prepare(canvas: HTMLCanvasElement, width: number, height: number): CanvasRenderingContext2D {
  const ratio = globalThis.devicePixelRatio || 1;
  const ink = canvas.getContext('2d')!;
  if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
  }
  ink.setTransform(ratio, 0, 0, ratio, 0, 0);
  return ink;
}
