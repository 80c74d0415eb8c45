import { useEffect, useRef } from 'preact/hooks';
import type { HeadGrid } from '../../src/model/heads.js';
import { headName } from '../../src/model/heads.js';
import { formatValue } from '../chart/format.js';
import type { PairOrder, PairRows } from './pair-rows.js';

/** Rows on the page; those beyond are counted, and a filter brings them up. */
export const listedRows = 100;

/** The pairs as a table to sort, for the keyboard and for those who do not see the maps. */
export function PairList(props: {
  readonly grid: HeadGrid;
  readonly rows: PairRows;
  /** Places of the pairs in the order of the list. */
  readonly places: Int32Array;
  readonly order: PairOrder;
  readonly chosen: number;
  readonly onOrder: (order: PairOrder) => void;
  readonly onChoose: (place: number) => void;
  readonly onHover: (place: number) => void;
}) {
  const { grid, rows, places, order, chosen, onOrder, onChoose, onHover } = props;
  const body = useRef<HTMLTableSectionElement>(null);
  const shown = places.subarray(0, listedRows);
  const hasChance = rows.q.some((value) => !Number.isNaN(value));
  // The chosen pair of another view is brought into the list's window, without moving the page.
  useEffect(() => {
    const row = body.current?.querySelector<HTMLElement>('[aria-selected="true"]');
    const list = body.current?.closest<HTMLElement>('.pair-list');
    if (!row || !list) return;
    const top = row.offsetTop - list.offsetTop;
    if (top < list.scrollTop || top > list.scrollTop + list.clientHeight - row.offsetHeight) {
      list.scrollTop = top - list.clientHeight / 2;
    }
  }, [chosen, places]);
  const onKeyDown = (event: KeyboardEvent) => {
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    const next = shown[Math.max(0, Math.min(shown.length - 1, shown.indexOf(chosen) + by))];
    if (next === undefined) return;
    onChoose(next);
    body.current?.querySelector<HTMLElement>(`[data-place="${next}"]`)?.focus();
  };
  const column = (name: PairOrder, label: string, title: string) => (
    <th scope="col" aria-sort={order === name ? (name === 'value' ? 'descending' : 'ascending') : 'none'}>
      <button type="button" title={title} onClick={() => onOrder(name)}>
        {label}
        <span aria-hidden="true">{order === name ? (name === 'value' ? ' ▾' : ' ▴') : ''}</span>
      </button>
    </th>
  );
  return (
    <div class="pair-list">
      <table>
        <thead>
          <tr>
            {column('writer', 'writes', 'by the head that writes')}
            {column('reader', 'reads', 'by the head that reads')}
            {column('value', 'value', 'largest value first')}
            {hasChance
              ? column('q', 'q', 'smallest q first: the share of false finds among pairs as strong')
              : null}
          </tr>
        </thead>
        <tbody ref={body}>
          {Array.from(shown, (place) => (
            <tr key={rows.names[place]} aria-selected={place === chosen}>
              <td>
                <button
                  type="button"
                  class="pair"
                  data-place={place}
                  // One stop for the Tab key; from there the arrow keys go on.
                  tabIndex={place === chosen || (shown.indexOf(chosen) < 0 && place === shown[0]) ? 0 : -1}
                  aria-label={`head ${headName(grid, rows.reader[place]!)} reads head ${headName(grid, rows.writer[place]!)}`}
                  onClick={() => onChoose(place)}
                  onKeyDown={onKeyDown}
                  onPointerEnter={() => onHover(place)}
                  onPointerLeave={() => onHover(-1)}
                >
                  {headName(grid, rows.writer[place]!)}
                </button>
              </td>
              <td>{headName(grid, rows.reader[place]!)}</td>
              <td>{formatValue(rows.value[place]!)}</td>
              {hasChance ? <td>{formatProbability(rows.q[place]!)}</td> : null}
            </tr>
          ))}
        </tbody>
      </table>
      {places.length > listedRows ? (
        <p class="quiet">and {places.length - listedRows} more; filter to see them</p>
      ) : null}
      {places.length === 0 ? <p class="quiet">no pair is left; widen the filters</p> : null}
    </div>
  );
}

/** A probability: two digits, or less than the smallest that is worth telling apart. */
export function formatProbability(value: number): string {
  if (Number.isNaN(value)) return '–';
  if (value < 0.0001) return '< 0.0001';
  return value < 0.01 ? value.toFixed(4) : value.toFixed(2);
}
