import { useMemo, useState } from 'preact/hooks';
import type { TextReading } from '../../src/behaviour/read-text.js';
import { shownToken } from '../../src/text/shown-token.js';
import { formatValue } from '../chart/format.js';
import { Stepper } from '../parts/Stepper.js';
import { SaveMenu } from '../save/SaveMenu.js';
import { AttentionThumb } from '../step/AttentionThumb.js';
import { type Cell, Heat, type HeatData } from '../step/Heat.js';
import { HeatAxes } from '../step/HeatAxes.js';
import { HeatScale, heatPicture } from '../step/HeatFigure.js';

/** So many heads all have a thumbnail; of more, those of one layer. */
const mostThumbs = 200;

/** Attention of every head on a text: one large, the others as thumbnails. */
export function TextAttention(props: {
  readonly reading: TextReading;
  /** The large one, layer·heads + head. */
  readonly head: number;
  readonly onHead: (head: number) => void;
  /** The token that is pointed out. */
  readonly selected: number | null;
  readonly onSelect: (at: number | null) => void;
}) {
  const { reading, head, onHead, selected, onSelect } = props;
  const { layers, heads, tokens, attention } = reading;
  const n = tokens.length;
  const [cell, setCell] = useState<Cell | null>(null);
  const all = useMemo(
    () =>
      Array.from(
        { length: layers * heads },
        (_, map): HeatData => ({
          ...{ rows: n, cols: n, palette: 'sequential', low: 0, high: 1 },
          values: attention.subarray(map * n * n, (map + 1) * n * n),
        }),
      ),
    [reading],
  );
  const nameOf = (map: number) => `${Math.floor(map / heads)}.${map % heads}`;
  const data = all[head]!;
  const picture = useMemo(
    () => heatPicture(`attention of head ${nameOf(head)}`, data, 'query position', 'key position'),
    [data],
  );
  const layer = Math.floor(head / heads);
  const isMany = all.length > mostThumbs;
  const shown = isMany ? Array.from({ length: heads }, (_, at) => layer * heads + at) : [...all.keys()];
  const token = (at: number) => shownToken(tokens[at]!.text);
  return (
    <div class="attention-chosen">
      <figure class="heat-figure">
        <figcaption class="heat-title">
          <h4>Attention of head {nameOf(head)}</h4>
          <SaveMenu picture={picture} />
        </figcaption>
        <HeatAxes data={data} most={8}>
          <Heat
            data={data}
            summary={`Attention of head ${nameOf(head)} on the text, ${n} by ${n}, query by key`}
            cell={cell}
            row={cell === null ? selected : null}
            onCell={(at) => {
              setCell(at);
              onSelect(at?.row ?? null);
            }}
          />
        </HeatAxes>
        <div class="said" aria-live="polite">
          {cell === null || cell.row >= n || cell.col >= n ? (
            <HeatScale data={data} />
          ) : (
            <>
              {cell.row} ({token(cell.row)}) → {cell.col} ({token(cell.col)}){' '}
              <strong>{formatValue(data.values[cell.row * n + cell.col]!)}</strong>
            </>
          )}
        </div>
      </figure>
      <div>
        {isMany ? (
          <Stepper
            label="layer"
            name="layer whose heads are shown"
            value={layer}
            choices={Array.from({ length: layers }, (_, at) => at)}
            onChange={(next) => onHead(next * heads + (head % heads))}
          />
        ) : null}
        <fieldset class="attention-thumbs" aria-label={isMany ? `heads of layer ${layer}` : 'all heads'}>
          {shown.map((map) => (
            <AttentionThumb
              key={map}
              data={all[map]!}
              name={nameOf(map)}
              said={`attention of head ${nameOf(map)}`}
              isChosen={map === head}
              onChoose={() => onHead(map)}
            />
          ))}
        </fieldset>
      </div>
    </div>
  );
}
