import type { BaselineSummary } from '../../src/measures/random-baseline.js';
import type { Cosines } from '../../src/step/cosines.js';
import { formatValue } from '../chart/format.js';
import { Legend, Plot, type PlotSeries } from './Plot.js';

/** All principal cosines at one rank, over what random subspaces of that rank have. */
export function CosinesPlot(props: {
  readonly cosines: Cosines;
  readonly rank: number;
  /** Undefined until it is computed. */
  readonly band: readonly BaselineSummary[] | undefined;
}) {
  const { cosines, rank, band } = props;
  const series: PlotSeries[] = [];
  if (cosines.qkOv !== null) {
    series.push({ name: 'QK reads OV', colour: 'var(--measure)', y: cosines.qkOv, dots: rank <= 40 });
  }
  if (cosines.wteOv !== null) {
    series.push({ name: 'E and OV', colour: 'var(--measure-faint)', y: cosines.wteOv, dots: rank <= 40 });
  }
  const x = Array.from({ length: rank }, (_, at) => at + 1);
  if (series.length === 0) {
    return <p class="quiet">At rank {rank} there are no such subspaces: a head is narrower than that.</p>;
  }
  const fits = band?.length === rank;
  const said = series
    .map(({ name, y }) => `${name}: from ${formatValue(y[0])} down to ${formatValue(y[rank - 1])}`)
    .join('; ');
  return (
    <Plot
      title={`principal cosines at rank ${rank}`}
      x={x}
      xRange={[rank === 1 ? 0 : 0.5, rank + 0.5]}
      yRange={[0, 1]}
      series={series}
      band={
        fits
          ? {
              low: band.map(({ q05 }) => q05),
              high: band.map(({ q95 }) => q95),
              middle: band.map(({ mean }) => mean),
            }
          : undefined
      }
      height={270}
      xLabel="principal angle i"
      summary={`Cosines of the ${rank} principal angles. ${said}.`}
      describe={(at) => (
        <>
          i = {at + 1}:{' '}
          {series.map(({ name, y, colour }) => (
            <span key={name}>
              <strong style={{ color: colour }}>{formatValue(y[at])}</strong> {name} ·{' '}
            </span>
          ))}
          {fits ? `random ${formatValue(band[at]!.q05)} to ${formatValue(band[at]!.q95)}` : null}
        </>
      )}
      rest={
        <>
          <Legend series={series} />
          <span class="legend">
            <span>
              <span class="line-swatch area" />
              random, 5–95 %
            </span>
          </span>
        </>
      }
    />
  );
}
