import { useMemo, useRef } from 'preact/hooks';
import type { HeadGrid } from '../../src/model/heads.js';
import { headIndex, headName } from '../../src/model/heads.js';
import { formatValue } from '../chart/format.js';
import { SaveMenu } from '../save/SaveMenu.js';
import { dark } from '../state/theme.js';
import { type ColourScale, cssColour, isDarkColour } from './colour-scale.js';
import { gridPicture } from './heads-pictures.js';

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
  const { grid, values, scale, marked, onChoose } = props;
  const isDark = dark.value;
  const seen = useRef({ grid, values, scale });
  seen.current = { grid, values, scale };
  const picture = useMemo(() => gridPicture(props.title, () => seen.current), [props.title]);
  const heads = Array.from({ length: grid.heads }, (_, head) => head);
  const layers = Array.from({ length: grid.layers }, (_, layer) => layer);
  const showsValues = grid.heads <= 12;
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
  return (
    <>
      <SaveMenu picture={picture} />
      <div class="head-grid-scroll">
        <table class="head-grid">
          <thead>
            <tr>
              <th scope="col" class="corner">
                layer
              </th>
              {heads.map((head) => (
                <th scope="col" key={head}>
                  {head}
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
                  return (
                    <td key={head}>
                      <button
                        type="button"
                        data-head={at}
                        tabIndex={at === (marked[0] ?? 0) ? 0 : -1}
                        class={`head-cell${marked.includes(at) ? ' marked' : ''}${
                          known && isDarkColour(scale, value, isDark) ? ' on-dark' : ''
                        }`}
                        style={known ? { background: cssColour(scale, value, isDark) } : {}}
                        title={`head ${name}: ${formatValue(value)}`}
                        aria-label={`head ${name}: ${formatValue(value)}`}
                        aria-pressed={marked.includes(at)}
                        onKeyDown={onKeyDown}
                        onClick={() => onChoose(at)}
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
        </table>
      </div>
    </>
  );
}
