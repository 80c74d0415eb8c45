import type { Bound } from '../stats/claims.js';
import type { Estimate } from '../stats/intervals.js';
import type { Statistic } from '../stats/statistics.js';

const width = 220;
const height = 30;
const inset = 8;

/**
 * A small picture of an estimate: the values that keep the bound as a band, the interval as a bar, the value as a dot. Its
 * colours are those of the page (`.track`, `.allowed`, `.interval`, `.value`).
 */
export function intervalStrip({ unit }: Statistic, bound: Bound, estimate: Estimate): string {
  const isLog = unit === 'factor' || unit === 'patterns';
  const axis = (value: number): number => (isLog ? Math.log(Math.max(value, 1e-9)) : value);
  const ends = [estimate.low, estimate.high, estimate.value, bound.at_least, bound.at_most]
    .filter((end) => end !== undefined)
    .map(axis)
    .filter((end) => Number.isFinite(end) && Math.abs(end) < 1e6);
  let [from, to] = [Math.min(...ends), Math.max(...ends)];
  const air = 0.15 * (to - from || 1);
  [from, to] = unit === 'share' ? [0, 1] : [from - air, to + air];
  const place = (value: number): number => {
    const share = (axis(value) - from) / (to - from);
    return Math.round(10 * (inset + Math.min(1, Math.max(0, share)) * (width - 2 * inset))) / 10;
  };
  const [left, right] = [
    bound.at_least === undefined ? 0 : place(bound.at_least),
    bound.at_most === undefined ? width : place(bound.at_most),
  ];
  const middle = height / 2;
  return `<svg class="strip" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="interval and bound"><rect class="track" x="0" y="${middle - 1}" width="${width}" height="2"/><rect class="allowed" x="${left}" y="3" width="${Math.max(0, right - left)}" height="${height - 6}" rx="3"/><line class="interval" x1="${place(estimate.low)}" x2="${place(estimate.high)}" y1="${middle}" y2="${middle}"/><circle class="value" cx="${place(estimate.value)}" cy="${middle}" r="5"/></svg>`;
}
