import type { ComponentChildren } from 'preact';
import { everyTick } from '../save/map-picture.js';
import type { HeatData } from './Heat.js';

/** A heat map with the numbers of some of its rows and columns beside it. @param most numbers on an axis */
export function HeatAxes(props: {
  readonly data: Pick<HeatData, 'rows' | 'cols'>;
  readonly most: number;
  readonly children: ComponentChildren;
}) {
  const { data, most, children } = props;
  const place = (at: number, count: number) => `${(100 * (at + 0.5)) / count}%`;
  return (
    <div class="heat-axes">
      {children}
      <div class="heat-ticks beside" aria-hidden="true">
        {everyTick(data.rows, most).map(({ at, label }) => (
          <span key={at} style={{ top: place(at, data.rows) }}>
            {label}
          </span>
        ))}
      </div>
      <div class="heat-ticks below" aria-hidden="true">
        {everyTick(data.cols, most).map(({ at, label }) => (
          <span key={at} style={{ left: place(at, data.cols) }}>
            {label}
          </span>
        ))}
      </div>
    </div>
  );
}
