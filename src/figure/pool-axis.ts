import { scaleLog } from 'd3-scale';
import { extent } from 'simple-statistics';
import { type PlacedTick, withoutCollisions } from './chart.js';
import type { Box, Mark } from './marks.js';

/** A logarithmic axis of pool sizes, with a place for the infinite pool at its right end. */
export interface PoolAxis {
  /** @param poolSize null for the infinite pool */
  readonly place: (poolSize: number | null) => number;
  readonly ticks: readonly PlacedTick[];
  /** First and last finite pool size of the axis. */
  readonly from: number;
  readonly to: number;
  /** What sets the infinite pool apart from the finite ones. */
  readonly marks: readonly Mark[];
}

const inset = 46;
/** Room of the infinite pool. */
const infiniteWidth = 150;

/** The axis for these pool sizes; null stands for the infinite pool. At least one is finite. */
export function poolAxis(sizes: readonly (number | null)[], plot: Box): PoolAxis {
  const finite = sizes.filter((size) => size !== null);
  const [from, to] = extent(finite);
  const hasInfinite = finite.length < sizes.length;
  const right = plot.x + plot.width;
  const end = right - (hasInfinite ? infiniteWidth : 0);
  const scale = scaleLog(from === to ? [from / 2, to * 2] : [from, to], [plot.x + inset, end - inset]);
  const infinite = right - infiniteWidth / 2;
  const ticks: PlacedTick[] = [];
  for (let power = Math.floor(Math.log10(from)); 10 ** power <= to; power++) {
    for (let digit = 1; digit <= 9; digit++) {
      const size = digit * 10 ** power;
      if (size < from || size > to) continue;
      ticks.push({ at: Math.round(scale(size)), label: [1, 2, 5].includes(digit) ? String(size) : '' });
    }
  }
  // An axis too short for round sizes names those that there are.
  const named = ticks.filter(({ label }) => label !== '').length;
  const shown =
    named >= 2
      ? ticks
      : [...new Set(finite)].map((size) => ({ at: Math.round(scale(size)), label: String(size) }));
  return {
    place: (size) => (size === null ? infinite : scale(size)),
    ticks: [...withoutCollisions(shown), ...(hasInfinite ? [{ at: infinite, label: '∞' }] : [])],
    from,
    to,
    marks: hasInfinite
      ? [
          {
            kind: 'rules',
            lines: [[end, plot.y, end, plot.y + plot.height]],
            ink: 'legendEdge',
            width: 2,
            dashes: [4, 8],
          },
        ]
      : [],
  };
}
