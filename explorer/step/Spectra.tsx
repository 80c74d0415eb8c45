import type { ComponentChildren } from 'preact';
import { useMemo, useRef } from 'preact/hooks';
import type { Spectrum } from '../../src/step/spectra.js';
import { formatValue } from '../chart/format.js';
import { elementPicture } from '../save/element-picture.js';
import { SaveMenu } from '../save/SaveMenu.js';
import { useWidth } from './use-width.js';

const names: Readonly<Record<Spectrum['of'], ComponentChildren>> = {
  W_q: (
    <>
      W<sub>q</sub>, first layer
    </>
  ),
  W_k: (
    <>
      W<sub>k</sub>, first layer
    </>
  ),
  W_QK: (
    <>
      W<sub>QK</sub>(t), reader
    </>
  ),
  W_OV: (
    <>
      W<sub>OV</sub>, writer
    </>
  ),
  wte: <>E, embedding</>,
};

const order: readonly Spectrum['of'][] = ['W_q', 'W_k', 'wte', 'W_OV', 'W_QK'];

/** Singular values of each matrix as bars, with ScreeNOT's threshold across them. */
export function Spectra({ spectra }: { spectra: readonly Spectrum[] }) {
  const sorted = [...spectra].sort((a, b) => order.indexOf(a.of) - order.indexOf(b.of));
  const hasNone = spectra.every(({ threshold }) => threshold === null);
  return (
    <>
      <p class="note">
        {hasNone
          ? 'How many directions each matrix uses. This model is too small for ScreeNOT to tell them from noise: it needs more than 41 values.'
          : 'How many directions each matrix uses. Values above the dashed line stand out of the noise (ScreeNOT).'}
      </p>
      <div class="spectra">
        {sorted.map((spectrum) => (
          <SpectrumBars key={spectrum.of} spectrum={spectrum} isSilent={hasNone} />
        ))}
      </div>
    </>
  );
}

const height = 110;

/** @param isSilent why there is no threshold is said of all at once */
function SpectrumBars({ spectrum, isSilent }: { spectrum: Spectrum; isSilent: boolean }) {
  const { of, s, threshold, rank, why } = spectrum;
  const box = useRef<HTMLDivElement>(null);
  const width = useWidth(box);
  const picture = useMemo(
    () =>
      elementPicture(
        `singular values of ${of}`,
        () => box.current!.querySelector('svg')!,
        () => ({
          header: ['index', 'singular_value', 'screenot_threshold'],
          rows: Array.from(s, (value, at) => [at + 1, value, threshold]),
        }),
      ),
    [spectrum],
  );
  const most = Math.max(s[0] ?? 0, threshold ?? 0) || 1;
  const bar = width / Math.max(1, s.length);
  const y = (value: number) => height - (value / most) * (height - 4);
  const said =
    threshold === null
      ? `No threshold: ${why}.`
      : `${rank} of ${s.length} above the threshold ${formatValue(threshold)}.`;
  return (
    <figure class="spectrum">
      <figcaption>
        <strong>{names[of]}</strong>
        <span class="quiet">
          {' '}
          s<sub>1</sub> = {formatValue(s[0])}
        </span>
      </figcaption>
      <div ref={box}>
        <svg
          role="img"
          aria-label={`Singular values of ${of}: the largest is ${formatValue(s[0])}, the smallest ${formatValue(s.at(-1))}. ${said}`}
          width={width}
          height={height + 1}
        >
          {Array.from(s, (value, at) => (
            <rect
              key={at}
              class={threshold !== null && value > threshold ? 'above' : 'below'}
              x={at * bar}
              width={Math.max(0.5, bar - (bar > 3 ? 1 : 0))}
              y={y(value)}
              height={height - y(value)}
            />
          ))}
          {threshold === null ? null : (
            <line class="threshold" x1={0} x2={width} y1={y(threshold)} y2={y(threshold)} />
          )}
          <line class="axis-line" x1={0} x2={width} y1={height + 0.5} y2={height + 0.5} />
        </svg>
      </div>
      <div class="plot-foot">
        <p class="note">
          {threshold === null ? (
            isSilent ? (
              `${s.length} values`
            ) : (
              why
            )
          ) : (
            <>
              <strong>{rank}</strong> of {s.length} above {formatValue(threshold)}
            </>
          )}
        </p>
        <SaveMenu picture={picture} />
      </div>
    </figure>
  );
}
