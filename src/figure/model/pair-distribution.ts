import { scaleLinear, scaleLog } from 'd3-scale';
import {
  chartHeight,
  chartWidth,
  dashedLine,
  drawChart,
  legendHeight,
  placeTicks,
  plotFor,
  pointsOf,
} from '../chart.js';
import type { ChanceLevel } from '../colour-bar.js';
import type { Figure } from '../dynamics.js';
import type { LegendEntry } from '../legend.js';
import type { Box, Mark } from '../marks.js';
import { dashes } from '../panel.js';
import { valueTicks } from '../ticks.js';
import type { NullShares } from './null-shares.js';

/** Values of one measure over the pairs that can compose, and over those that cannot. */
export interface PairDistribution {
  /** Name of the model or run. */
  readonly setting: string;
  /** Plain name of the measure. */
  readonly measure: string;
  /** What it was measured with, such as rank, relative position and step. */
  readonly details: string;
  /** Of pairs whose writer is in an earlier layer than the reader. */
  readonly causal: Float64Array;
  /** Of the others; their shares where the values themselves are not known, undefined where these are not either. */
  readonly antiCausal: Float64Array | NullShares | undefined;
  /** What the others give; of their values unless given. */
  readonly chance?: ChanceLevel | undefined;
}

/** Steps of the histogram: so many that few pairs do not fall apart, and many show their tails. */
function stepsFor(pairs: number): number {
  return Math.max(10, Math.min(60, Math.round(2 * Math.sqrt(pairs))));
}

/**
 * How a measure is distributed over causal and anti-causal pairs: shares of pairs in equal steps of the value, on a
 * logarithmic axis, since what matters is a few pairs among thousands; and the band that holds most of what chance gives.
 * @returns undefined where no causal pair has a value
 */
export function drawPairDistribution(distribution: PairDistribution): Figure | undefined {
  const { setting, measure, details } = distribution;
  const causal = distribution.causal.filter(Number.isFinite);
  if (causal.length === 0) return undefined;
  const { antiCausal } = distribution;
  const values =
    antiCausal instanceof Float64Array ? antiCausal.filter(Number.isFinite) : new Float64Array(0);
  const chance = distribution.chance ?? bandOf(values);
  const [low, high] = boundsOf(causal, values, chance);
  const bins = stepsFor(causal.length);
  const ofCausal = shares(causal, bins, low, high);
  const others = antiCausal instanceof Float64Array ? values.length : (antiCausal?.count ?? 0);
  const ofOthers =
    antiCausal === undefined || others === 0
      ? undefined
      : antiCausal instanceof Float64Array
        ? shares(values, bins, low, high)
        : antiCausal.shares(bins, low, high);
  const least = 0.7 / Math.max(causal.length, others);
  const highest = [...ofCausal, ...(ofOthers ?? [])].reduce((a, b) => Math.max(a, b), 0);
  const most = least * (highest / least) ** 1.04;
  const legend: LegendEntry[] = [
    { label: `${counted(causal.length)} causal pairs`, ink: 'first', width: 6 },
    ...(ofOthers !== undefined
      ? [{ label: `${counted(others)} anti-causal pairs`, ink: 'baseline', width: 4 } as const]
      : []),
    ...(chance === undefined
      ? []
      : [
          {
            label: `${chance.of}: median and ${Math.round(100 * chance.share)} %`,
            ink: 'baseline',
            width: 4,
            dashes,
            band: 'band',
          } as const,
        ]),
  ];
  const yTicks = powers(least, most);
  const plot = plotFor(yTicks.map(({ label }) => label));
  const placeX = scaleLinear([low, high], [plot.x, plot.x + plot.width]);
  // Above the values the legend has its place: two curves leave none beside them.
  const top = plot.y + legendHeight(legend);
  const placeY = scaleLog([least, most], [plot.y + plot.height, top]).clamp(true);
  const marks: Mark[] = [];
  if (chance !== undefined)
    marks.push(...drawChance(chance, placeX, { ...plot, y: top, height: plot.y + plot.height - top }));
  if (ofOthers !== undefined)
    marks.push({ ...steps(ofOthers, placeX, placeY, low, high), ink: 'baseline', width: 4 });
  marks.push({ ...steps(ofCausal, placeX, placeY, low, high), ink: 'first', width: 6 });
  return {
    title: `${setting}: ${measure} of causal and anti-causal pairs, ${details}`,
    ...{ width: chartWidth, height: chartHeight },
    panels: [
      {
        ...{ x: 0, width: chartWidth },
        marks: drawChart(
          {
            title: 'Do heads match more than chance?',
            heights: 'share of pairs',
            across: `${measure}, ${details} · ${setting}`,
            xTicks: placeTicks(valueTicks(low, high, 8), placeX),
            yTicks: placeTicks(yTicks, placeY),
            ...{ marks, legend },
          },
          plot,
        ),
      },
    ],
  };
}

/** The median of values and the band that holds nine tenths of them; undefined of none. */
export function bandOf(values: Float64Array, share = 0.9): ChanceLevel | undefined {
  if (values.length === 0) return undefined;
  const sorted = values.slice().sort();
  const at = (quantile: number) => {
    const place = quantile * (sorted.length - 1);
    const below = sorted[Math.floor(place)]!;
    return below + (place - Math.floor(place)) * (sorted[Math.ceil(place)]! - below);
  };
  return {
    median: at(0.5),
    low: at((1 - share) / 2),
    high: at((1 + share) / 2),
    share,
    of: 'anti-causal pairs',
  };
}

function boundsOf(
  causal: Float64Array,
  antiCausal: Float64Array,
  chance: ChanceLevel | undefined,
): readonly [number, number] {
  let low = chance?.low ?? Number.POSITIVE_INFINITY;
  let high = chance?.high ?? Number.NEGATIVE_INFINITY;
  for (const values of [causal, antiCausal]) {
    for (const value of values) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
  }
  const room = 0.03 * (high - low) || 0.5;
  return [low - room, high + room];
}

/** Share of the values in each of the histogram's steps. */
function shares(values: Float64Array, bins: number, low: number, high: number): Float64Array {
  const counts = new Float64Array(bins);
  for (const value of values) {
    const bin = Math.min(bins - 1, Math.floor(((value - low) / (high - low)) * bins));
    counts[bin]! += 1 / values.length;
  }
  return counts;
}

/** A histogram as a line along the tops of its bars; where it is empty, along the bottom. */
function steps(
  heights: Float64Array,
  placeX: (value: number) => number,
  placeY: (value: number) => number,
  low: number,
  high: number,
): { kind: 'curve'; points: ReturnType<typeof pointsOf>; width: number } {
  const pairs = [...heights].flatMap((share, bin): [number, number][] => {
    const y = placeY(Math.max(share, Number.MIN_VALUE));
    const side = (edge: number) => placeX(low + ((high - low) * edge) / heights.length);
    return [
      [side(bin), y],
      [side(bin + 1), y],
    ];
  });
  return { kind: 'curve', points: pointsOf(pairs), width: 3 };
}

function drawChance(chance: ChanceLevel, placeX: (value: number) => number, plot: Box): Mark[] {
  const x = Math.round(placeX(chance.low));
  const middle = Math.round(placeX(chance.median));
  const box = { x, y: plot.y, width: Math.round(placeX(chance.high)) - x, height: plot.height };
  return [{ kind: 'box', box, ink: 'band' }, dashedLine([middle, plot.y], [middle, plot.y + plot.height])];
}

function powers(least: number, most: number): { value: number; label: string }[] {
  const found: { value: number; label: string }[] = [];
  for (let power = Math.ceil(Math.log10(least)); 10 ** power <= most; power++) {
    const percent = 100 * 10 ** power;
    found.push({ value: 10 ** power, label: `${Number(percent.toPrecision(1))} %` });
  }
  return found;
}

function counted(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, ' ');
}
