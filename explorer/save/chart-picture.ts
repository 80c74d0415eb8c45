import type { ChartData, ChartWindow } from '../chart/chart-data.js';
import { layOut } from '../chart/frame.js';
import { paintChart } from '../chart/paint.js';
import { readPalette } from '../chart/palette.js';
import { labelWidth, paintPointer } from '../chart/pointer.js';
import { csvText, type Field } from './csv-text.js';
import { escaped, type Picture, svgDocument } from './picture.js';
import { SvgInk } from './svg-ink.js';

/** Room for two lines of words above a chart. */
export const captionHeight = 46;

/** A chart as it stands on the page now. */
export interface ChartSight {
  /** The question above it, and what it measures, at which choices. */
  readonly title: string;
  readonly line: string;
  readonly data: ChartData;
  readonly window: ChartWindow;
  readonly selected: number | null;
  readonly width: number;
  readonly height: number;
}

/** The chart with its words, as marks of a document. */
export function chartMarks({ title, line, data, window, selected, width, height }: ChartSight): string {
  const palette = readPalette();
  const text = palette.colour('text');
  const words = `<text x="0" y="16" font-size="14" font-weight="650" fill="${text}">${escaped(title)}</text><text x="0" y="35" font-size="12" fill="${palette.colour('muted')}">${escaped(line)}</text>`;
  if (data.note !== undefined) {
    return `${words}<text x="${width / 2}" y="${captionHeight + height / 2}" font-size="12" text-anchor="middle" fill="${palette.colour('muted')}">${escaped(data.note)}</text>`;
  }
  const frame = layOut(data, window, { width, height }, labelWidth(data));
  const chart = new SvgInk();
  paintChart(chart, data, frame, palette);
  const above = new SvgInk();
  paintPointer(above, data, frame, palette, { hover: null, height: null, selected, drag: null });
  return `${words}<g transform="translate(0 ${captionHeight})">${chart.marks}${above.marks}</g>`;
}

/** The points that are seen: those of every line within the window. */
export function chartRows({ data, window }: Pick<ChartSight, 'data' | 'window'>): Field[][] {
  const [from, to] = window.zoom ?? [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  return data.lines.flatMap(({ label, name, dashed, steps, values }) => {
    const called = name || label || (dashed ? 'ID' : 'value');
    return Array.from(steps, (step, at): Field[] => [called, step, values[at]!]).filter(
      ([, step]) => (step as number) >= from && (step as number) <= to,
    );
  });
}

/** A chart as files. @param look at it now, when a file is asked for */
export function chartPicture(title: string, look: () => ChartSight): Picture {
  return {
    title,
    svg: () => {
      const sight = look();
      const palette = readPalette();
      return svgDocument({
        width: sight.width,
        height: sight.height + captionHeight,
        background: palette.colour('paper'),
        font: palette.font,
        marks: chartMarks(sight),
      });
    },
    csv: () => csvText(['line', 'step', 'value'], chartRows(look())),
  };
}
