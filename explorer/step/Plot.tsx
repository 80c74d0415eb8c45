import type { ComponentChildren } from 'preact';
import { useMemo, useRef, useState } from 'preact/hooks';
import { valueTicks } from '../../src/figure/ticks.js';
import { elementPicture } from '../save/element-picture.js';
import { SaveMenu } from '../save/SaveMenu.js';
import { useWidth } from './use-width.js';

/** A line, or dots, over the plot's x values. */
export interface PlotSeries {
  readonly name: string;
  /** A CSS colour. */
  readonly colour: string;
  /** One a value of x; NaN leaves a gap. */
  readonly y: ArrayLike<number>;
  readonly dots?: boolean;
  readonly dashed?: boolean;
}

/** An area between two lines. */
export interface PlotBand {
  readonly low: ArrayLike<number>;
  readonly high: ArrayLike<number>;
  /** Drawn as a dashed line within it. */
  readonly middle?: ArrayLike<number>;
}

interface PlotProps {
  /** What it is called in its file. */
  readonly title: string;
  readonly x: ArrayLike<number>;
  readonly xRange?: readonly [number, number];
  readonly yRange?: readonly [number, number];
  readonly series: readonly PlotSeries[];
  readonly band?: PlotBand | undefined;
  /** A stretch of x to point out. */
  readonly region?: readonly [number, number] | null;
  /** A value of x that is selected. */
  readonly selected?: number | null;
  readonly xLabel: string;
  /** What a reader who does not see it is told. */
  readonly summary: string;
  /** What is said of the value of x below the pointer. */
  readonly describe: (index: number) => ComponentChildren;
  /** Stands where the description does while the pointer is elsewhere. */
  readonly rest?: ComponentChildren;
  readonly onPick?: (index: number) => void;
  readonly height?: number;
}

const margin = { top: 8, right: 8, bottom: 34, left: 44 };

/** A small chart in SVG with a crosshair that the pointer and the arrow keys move. */
export function Plot(props: PlotProps) {
  const { x, series, band, region, selected, xLabel, summary, describe, rest, onPick, height = 190 } = props;
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  // A value of x and no place: a curve may grow on the left while it is looked at.
  const [pointed, setPointed] = useState<number | null>(null);
  const numbers = useRef({ x, series, band, xLabel });
  numbers.current = { x, series, band, xLabel };
  const picture = useMemo(
    () =>
      elementPicture(
        props.title,
        () => box.current!.querySelector('svg')!,
        () => plotNumbers(numbers.current),
        () => numbers.current.series,
      ),
    [props.title],
  );
  const [x0, x1] = props.xRange ?? extent([x]);
  const [y0, y1] =
    props.yRange ?? extent([...series.map(({ y }) => y), ...(band ? [band.low, band.high] : [])], 0.06);
  const plotWidth = Math.max(1, width - margin.left - margin.right);
  const plotHeight = height - margin.top - margin.bottom;
  const px = (value: number) => margin.left + ((value - x0) / (x1 - x0 || 1)) * plotWidth;
  const py = (value: number) => margin.top + (1 - (value - y0) / (y1 - y0 || 1)) * plotHeight;
  const cursor = pointed === null || x.length === 0 ? null : indexOf(x, pointed);

  const nearest = (event: PointerEvent) => {
    const left = box.current!.getBoundingClientRect().left;
    const value = x0 + ((event.clientX - left - margin.left) / plotWidth) * (x1 - x0);
    let best = 0;
    for (let i = 1; i < x.length; i++) {
      if (Math.abs(x[i]! - value) < Math.abs(x[best]! - value)) best = i;
    }
    setPointed(x[best] ?? null);
    return best;
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const move = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (move !== undefined && !event.altKey && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      event.stopPropagation();
      const from = cursor ?? indexOf(x, selected ?? x0);
      const to = Math.max(0, Math.min(x.length - 1, from + move * (event.shiftKey ? 10 : 1)));
      setPointed(x[to] ?? null);
    } else if (event.key === 'Enter' && cursor !== null && onPick !== undefined) {
      event.preventDefault();
      onPick(cursor);
    }
  };
  const crosshair = (value: number, name: string) => (
    <line class={name} x1={px(value)} x2={px(value)} y1={margin.top} y2={margin.top + plotHeight} />
  );
  return (
    <div class="plot">
      <div ref={box}>
        <svg
          role="img"
          aria-label={summary}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: arrow keys read values one by one
          tabIndex={0}
          width={width}
          height={height}
          class={onPick === undefined ? '' : 'pickable'}
          onPointerMove={nearest}
          onPointerLeave={(event) => event.pointerType === 'mouse' && setPointed(null)}
          onBlur={() => setPointed(null)}
          onKeyDown={onKeyDown}
          onClick={(event) => onPick?.(nearest(event as unknown as PointerEvent))}
        >
          {region && region[1] > region[0] ? (
            <rect
              class="region"
              x={px(Math.max(x0, region[0]))}
              width={px(Math.min(x1, region[1])) - px(Math.max(x0, region[0]))}
              y={margin.top}
              height={plotHeight}
            />
          ) : null}
          {valueTicks(y0, y1, 4).map(({ value, label }) => (
            <g key={value}>
              <line
                class="grid"
                x1={margin.left}
                x2={margin.left + plotWidth}
                y1={py(value)}
                y2={py(value)}
              />
              <text x={margin.left - 8} y={py(value) + 4} text-anchor="end">
                {label}
              </text>
            </g>
          ))}
          {valueTicks(x0, x1, Math.max(2, Math.floor(plotWidth / 60)))
            .filter(({ value }) => Number.isInteger(value))
            .map(({ value, label }) => (
              <text key={value} x={px(value)} y={margin.top + plotHeight + 16} text-anchor="middle">
                {label}
              </text>
            ))}
          <text class="axis" x={margin.left + plotWidth} y={height - 3} text-anchor="end">
            {xLabel}
          </text>
          {band === undefined ? null : (
            <>
              <path class="band" d={area(x, band, px, py)} />
              {band.middle === undefined ? null : <path class="baseline" d={line(x, band.middle, px, py)} />}
            </>
          )}
          {selected === undefined || selected === null ? null : crosshair(selected, 'selected')}
          {cursor === null ? null : crosshair(x[cursor]!, 'cursor')}
          {series.map(({ name, colour, y, dots, dashed }) => (
            <g key={name} style={{ color: colour }}>
              <path class={dashed ? 'curve dashed' : 'curve'} d={line(x, y, px, py)} />
              {dots || cursor !== null
                ? Array.from(x, (value, i) =>
                    (dots || i === cursor) && Number.isFinite(y[i]) ? (
                      <circle key={value} cx={px(value)} cy={py(y[i]!)} r={i === cursor ? 4.5 : 3} />
                    ) : null,
                  )
                : null}
            </g>
          ))}
        </svg>
      </div>
      <div class="plot-foot">
        <div class="said" aria-live="polite">
          {cursor === null ? (rest ?? '\u00a0') : describe(cursor)}
        </div>
        <SaveMenu picture={picture} />
      </div>
    </div>
  );
}

/** What is drawn, a row for each value of x. */
function plotNumbers({ x, series, band, xLabel }: Pick<PlotProps, 'x' | 'series' | 'band' | 'xLabel'>) {
  const bands = band === undefined ? [] : [band.low, band.high];
  return {
    header: [xLabel, ...series.map(({ name }) => name), ...(band ? ['random 5 %', 'random 95 %'] : [])],
    rows: Array.from(x, (value, at) => [
      value,
      ...series.map(({ y }) => y[at] ?? Number.NaN),
      ...bands.map((values) => values[at] ?? Number.NaN),
    ]),
  };
}

/** Names of lines in their colours. */
export function Legend(props: {
  readonly series: readonly Pick<PlotSeries, 'name' | 'colour' | 'dashed'>[];
}) {
  return (
    <span class="legend">
      {props.series.map(({ name, colour, dashed }) => (
        <span key={name}>
          <span class={dashed ? 'line-swatch dashed' : 'line-swatch'} style={{ color: colour }} />
          {name}
        </span>
      ))}
    </span>
  );
}

type Place = (value: number) => number;

function line(x: ArrayLike<number>, y: ArrayLike<number>, px: Place, py: Place): string {
  let path = '';
  let pen = 'M';
  for (let i = 0; i < x.length; i++) {
    const value = y[i] ?? Number.NaN;
    if (!Number.isFinite(value)) {
      pen = 'M';
      continue;
    }
    path += `${pen}${px(x[i]!).toFixed(1)} ${py(value).toFixed(1)}`;
    pen = 'L';
  }
  return path;
}

function area(x: ArrayLike<number>, { low, high }: PlotBand, px: Place, py: Place): string {
  const order = Array.from(x, (_, i) => i).filter((i) => Number.isFinite(low[i]) && Number.isFinite(high[i]));
  if (order.length === 0) return '';
  const corner = (values: ArrayLike<number>) => (i: number) =>
    `${px(x[i]!).toFixed(1)} ${py(values[i]!).toFixed(1)}`;
  return `M${[...order.map(corner(high)), ...order.reverse().map(corner(low))].join('L')}Z`;
}

function extent(parts: readonly ArrayLike<number>[], room = 0): readonly [number, number] {
  let [low, high] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
  for (const values of parts) {
    for (let i = 0; i < values.length; i++) {
      const value = values[i]!;
      if (!Number.isFinite(value)) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  if (low > high) return [0, 1];
  if (low === high) return [low - 1, high + 1];
  const extra = room * (high - low);
  return [low - extra, high + extra];
}

function indexOf(x: ArrayLike<number>, value: number): number {
  return Math.max(
    0,
    Array.from(x).findIndex((candidate) => candidate >= value),
  );
}
