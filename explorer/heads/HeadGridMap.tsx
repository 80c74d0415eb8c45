import { useLayoutEffect, useMemo, useRef } from 'preact/hooks';
import type { HeadGrid } from '../../src/model/heads.js';
import { headIndex, headName } from '../../src/model/heads.js';
import { formatValue } from '../chart/format.js';
import { SaveMenu } from '../save/SaveMenu.js';
import { dark } from '../state/theme.js';
import { type ColourScale, cssColour, isDarkColour } from './colour-scale.js';
import { gridPicture } from './heads-pictures.js';

/** Of more heads in a layer cells are small, and every fifth has its number above. */
const mostLarge = 16;

/** Layers by heads, coloured by a number of each head. A click takes the pairs of that head. */
export function HeadGridMap(props: {
  readonly grid: HeadGrid;
  /** By head; NaN where there is none. */
  readonly values: Float64Array;
  readonly scale: ColourScale;
  readonly marked: readonly number[];
  readonly onChoose: (head: number) => void;
  /** What it is called in its file. */
  readonly title: string;
}) {
  const { grid, values, scale, marked } = props;
  const isDark = dark.value;
  const table = useRef<HTMLTableElement>(null);
  const onChoose = useRef(props.onChoose);
  onChoose.current = props.onChoose;
  const seen = useRef({ grid, values, scale });
  seen.current = { grid, values, scale };
  const picture = useMemo(() => gridPicture(props.title, () => seen.current), [props.title]);
  const onKeyDown = (event: KeyboardEvent) => {
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -grid.heads, ArrowDown: grid.heads }[event.key];
    const target = event.target as HTMLElement;
    const at = Number(target.dataset['head']);
    if (by === undefined || Number.isNaN(at)) return;
    event.preventDefault();
    event.stopPropagation();
    const next = target.closest('table')?.querySelector<HTMLElement>(`[data-head="${at + by}"]`);
    next?.focus();
  };
  const cells = useMemo(() => headRows(grid, values, scale, isDark), [grid, values, scale, isDark]);
  // A thousand cells are not made again for each pair that the pointer passes: two of them are marked.
  const marks = marked.join(' ');
  useLayoutEffect(() => {
    for (const cell of table.current!.querySelectorAll<HTMLElement>('.head-cell')) {
      const isMarked = marked.includes(Number(cell.dataset['head']));
      if (isMarked === cell.classList.contains('marked') && cell.ariaPressed !== null) continue;
      cell.classList.toggle('marked', isMarked);
      cell.ariaPressed = String(isMarked);
    }
    const stop = table.current!.querySelector<HTMLElement>(`[data-head="${marked[0] ?? 0}"]`);
    for (const cell of table.current!.querySelectorAll<HTMLElement>('.head-cell[tabindex="0"]'))
      cell.tabIndex = -1;
    if (stop !== null) stop.tabIndex = 0;
  }, [cells, marks]);
  return (
    <>
      <SaveMenu picture={picture} />
      <div class="head-grid-scroll">
        <table
          class={grid.heads > mostLarge ? 'head-grid many' : 'head-grid'}
          ref={table}
          onKeyDown={onKeyDown}
          onClick={(event) => {
            const cell = (event.target as HTMLElement).closest<HTMLElement>('.head-cell');
            if (cell !== null) onChoose.current(Number(cell.dataset['head']));
          }}
        >
          {cells}
        </table>
      </div>
    </>
  );
}

/** The table's head and its cells, one of which can be reached by the Tab key: from there the arrow keys go on. */
function headRows(grid: HeadGrid, values: Float64Array, scale: ColourScale, isDark: boolean) {
  const heads = Array.from({ length: grid.heads }, (_, head) => head);
  const layers = Array.from({ length: grid.layers }, (_, layer) => layer);
  const showsValues = grid.heads <= 12;
  return (
    <>
      <thead>
        <tr>
          <th scope="col" class="corner">
            layer
          </th>
          {heads.map((head) => (
            <th scope="col" key={head}>
              {grid.heads > mostLarge && head % 5 !== 0 ? '' : head}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {layers.map((layer) => (
          <tr key={layer}>
            <th scope="row">{layer}</th>
            {heads.map((head) => {
              const at = headIndex(grid, layer, head);
              const value = values[at]!;
              const name = headName(grid, at);
              const known = !Number.isNaN(value);
              const said = `head ${name}: ${formatValue(value)}`;
              return (
                <td key={head}>
                  <button
                    type="button"
                    data-head={at}
                    tabIndex={-1}
                    class={`head-cell${known && isDarkColour(scale, value, isDark) ? ' on-dark' : ''}`}
                    style={known ? { background: cssColour(scale, value, isDark) } : {}}
                    title={said}
                    aria-label={said}
                  >
                    {showsValues && known
                      ? formatValue(value)
                          .replace(/^(−?)0\./, '$1.')
                          .slice(0, 4)
                      : ''}
                  </button>
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </>
  );
}
