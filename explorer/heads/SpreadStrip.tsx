import { formatValue } from '../chart/format.js';
import { dark } from '../state/theme.js';
import type { ValueSpread } from './chance.js';
import { type ColourScale, cssColour } from './colour-scale.js';

const width = 600;
const height = 44;

/** The scale of the colours as a histogram of all pairs, with the place from which on they are beyond chance. */
export function SpreadStrip(props: {
  readonly spread: ValueSpread;
  readonly scale: ColourScale;
  readonly chosen: number | undefined;
  /** False where only the strongest pairs have values. */
  readonly isAll: boolean;
}) {
  const { spread, scale, chosen, isAll } = props;
  const { counts, low, high, beyondChance, from, chance } = spread;
  const most = Math.max(...counts, ...(chance ?? []));
  const bar = width / counts.length;
  const placeOf = (value: number) => (high > low ? ((value - low) / (high - low)) * width : width / 2);
  const isDark = dark.value;
  return (
    <div class="spread">
      <svg
        viewBox={`0 0 ${width} ${height}`}
        preserveAspectRatio="none"
        role="img"
        aria-label={`values from ${formatValue(low)} to ${formatValue(high)}`}
      >
        {counts.map((count, at) => {
          // Pairs far out are few: the root keeps a single one in sight.
          const tall = Math.sqrt(count / most) * (height - 2);
          const value = low + ((at + 0.5) / counts.length) * (high - low);
          return (
            <rect
              key={at}
              x={at * bar}
              y={height - tall}
              width={bar - 1}
              height={tall}
              style={{ fill: cssColour(scale, value, isDark), stroke: 'var(--baseline)', strokeWidth: 0.4 }}
            />
          );
        })}
        {chance === undefined ? null : (
          <path class="anti-causal" d={outline(chance, most, bar)}>
            <title>anti-causal pairs, which cannot compose: what chance gives</title>
          </path>
        )}
        {from === undefined ? null : (
          <line class="chance" x1={placeOf(from)} x2={placeOf(from)} y1="0" y2={height} />
        )}
        {chosen === undefined || Number.isNaN(chosen) ? null : (
          <line class="chosen" x1={placeOf(chosen)} x2={placeOf(chosen)} y1="0" y2={height} />
        )}
      </svg>
      <p>
        <span>{formatValue(low)}</span>
        <span class="quiet">
          {beyondChance === undefined
            ? `${isAll ? 'all pairs' : 'the strongest pairs'} (heights by their root)`
            : beyondChance === 0
              ? 'no pair is beyond chance at q ≤ 0.05'
              : `${beyondChance} pairs beyond chance (q ≤ 0.05), right of the dashed line or mixed with weaker ones`}
          {chance === undefined ? '' : '; outlined: anti-causal pairs'}
        </span>
        <span>{formatValue(high)}</span>
      </p>
    </div>
  );
}

/** The tops of a histogram's bars as a line. */
function outline(counts: readonly number[], most: number, bar: number): string {
  const steps = counts.map((count, at) => {
    const y = (height - Math.sqrt(count / most) * (height - 2)).toFixed(1);
    return `H${(at * bar).toFixed(1)}V${y}`;
  });
  return `M0 ${height}${steps.join('')}H${width}`;
}
