import { percent } from './numbers.js';
import { Legend, Plot, type PlotSeries } from './Plot.js';
import type { SetErrors } from './use-opened.js';

/** Wrong predictions by place in the copy, averaged over sequences of each test set. */
export function PlaceErrorsPlot(props: {
  readonly sets: readonly SetErrors[];
  /** Places whose error counts begin here. */
  readonly burning: number;
}) {
  const { sets, burning } = props;
  const length = Math.max(1, ...sets.flatMap(({ errors }) => errors.map(({ counts }) => counts.length)));
  const x = Array.from({ length }, (_, place) => place);
  const isByCopy = sets.some(({ errors }) => errors.length > 1);
  const series: (PlotSeries & { readonly isFaint: boolean })[] = sets.flatMap(({ set, errors }) =>
    errors.map(({ name, wrong, counts }) => ({
      name: `${set === 'test' ? 'ID' : 'OOD'}, ${name}`,
      // As in all charts, OOD is solid and ID dashed; where the rule cannot be known yet, both are faint.
      colour: `var(--measure${name === 'first copy' ? '-faint' : ''})`,
      dashed: set === 'test',
      isFaint: name === 'first copy',
      y: Float64Array.from(x, (place) => (wrong[place] ?? 0) / (counts[place] ?? 0)),
    })),
  );
  const said = series
    .filter(({ isFaint }) => !isFaint)
    .map(
      ({ name, y }) =>
        `${name}: ${percent(y[Math.min(length - 1, burning + 1)]!)} wrong at place ${burning + 1}`,
    );
  return (
    <Plot
      title="errors by place"
      x={x}
      yRange={[0, 1]}
      series={series}
      region={isByCopy ? [burning + 0.5, length - 1] : null}
      xLabel={isByCopy ? 'place of the token in its copy' : 'position in the sequence'}
      summary={`Share of wrong predictions by place. ${said.join('; ')}.`}
      describe={(place) => (
        <>
          place {place}:{' '}
          {series.map(({ name, y, colour }) =>
            Number.isFinite(y[place]) ? (
              <span key={name}>
                {name} <strong style={{ color: colour }}>{percent(y[place]!)}</strong>{' '}
              </span>
            ) : null,
          )}
        </>
      )}
      rest={<Legend series={series} />}
    />
  );
}
