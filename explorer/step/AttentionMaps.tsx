import { useMemo, useState } from 'preact/hooks';
import type { RunConfig } from '../../src/run/config.js';
import { headPatterns } from '../../src/step/head-patterns.js';
import type { SequenceReading } from '../../src/step/read-sequence.js';
import { formatValue } from '../chart/format.js';
import { SaveMenu } from '../save/SaveMenu.js';
import { AttentionThumb } from './AttentionThumb.js';
import { type Cell, Heat, type HeatData } from './Heat.js';
import { HeatAxes } from './HeatAxes.js';
import { Enlarged, HeatScale, heatPicture } from './HeatFigure.js';
import { roundUp } from './numbers.js';
import { patternText } from './pattern-text.js';

/** So many maps are all shown large; of more, one is, and the others are thumbnails. */
const mostLarge = 8;

/** Attention of every head, layer by layer; the row of the selected token is pointed out in all of them. */
export function AttentionMaps(props: {
  readonly reading: SequenceReading;
  readonly config: RunConfig;
  readonly selected: number | null;
  readonly onSelect: (at: number | null) => void;
  /** Head whose weights stand below the tokens. */
  readonly head: number;
  readonly onHead: (head: number) => void;
}) {
  const { reading, config, selected, onSelect, head, onHead } = props;
  const { num_layers: layers, num_heads: heads, linear_attn: isLinear } = config;
  const { tokens, attention } = reading;
  const n = tokens.length;
  const [cell, setCell] = useState<(Cell & { map: number }) | null>(null);
  const [open, setOpen] = useState<number | null>(null);
  const patterns = useMemo(() => headPatterns(reading), [reading]);
  const all = useMemo(() => {
    const most = isLinear
      ? roundUp(attention.reduce((best, value) => Math.max(best, Math.abs(value)), 0))
      : 1;
    return patterns.map(
      (_, map): HeatData => ({
        rows: n,
        cols: n,
        values: attention.subarray(map * n * n, (map + 1) * n * n),
        palette: isLinear ? 'diverging' : 'sequential',
        low: isLinear ? -most : 0,
        high: most,
      }),
    );
  }, [reading, isLinear]);
  const pictures = useMemo(
    () =>
      all.map((data, map) =>
        heatPicture(
          `attention of head ${Math.floor(map / heads)}.${map % heads}`,
          data,
          'query position',
          'key position',
        ),
      ),
    [all, heads],
  );
  const nameOf = (map: number) => `Layer ${Math.floor(map / heads)}, head ${map % heads}`;
  const summaryOf = (map: number) =>
    `Attention of layer ${Math.floor(map / heads)}, head ${map % heads}, ${n} by ${n}, query by key. ${patternText(patterns[map]!)}.`;
  const heat = (map: number, onOpen: () => void) => (
    <Heat
      data={all[map]!}
      summary={summaryOf(map)}
      cell={cell?.map === map ? cell : null}
      row={cell?.map === map ? null : selected}
      onCell={(at) => {
        setCell(at && { ...at, map });
        onSelect(at?.row ?? null);
        if (at !== null) onHead(map);
      }}
      onOpen={onOpen}
    />
  );
  const readout = (map: number) =>
    cell?.map === map && cell.row < n && cell.col < n ? (
      <>
        {cell.row} (token {tokens[cell.row]}) → {cell.col} (token {tokens[cell.col]}){' '}
        <strong>{formatValue(attention[(map * n + cell.row) * n + cell.col])}</strong>
      </>
    ) : (
      <span class="quiet">{patternText(patterns[map]!)}</span>
    );
  const large = (map: number) => (
    <figure key={map} class={map === head ? 'heat-figure chosen' : 'heat-figure'}>
      <figcaption class="heat-title">
        <h4>{nameOf(map)}</h4>
        <SaveMenu picture={pictures[map]!} />
      </figcaption>
      <HeatAxes data={all[map]!} most={8}>
        {heat(map, () => setOpen(map))}
      </HeatAxes>
      <div class="said">{readout(map)}</div>
    </figure>
  );
  const isMany = layers * heads > mostLarge;
  return (
    <>
      <div class="said attention-scale">
        <HeatScale data={all[0]!} /> <span class="quiet">weight of a key, the same in all maps</span>
      </div>
      {isMany ? (
        <div class="attention-chosen">
          {large(head)}
          <fieldset class="attention-thumbs" aria-label="attention maps of all heads">
            {patterns.map((pattern, map) => (
              <AttentionThumb
                key={map}
                data={all[map]!}
                name={`${Math.floor(map / heads)}.${map % heads}`}
                said={`${nameOf(map)}: ${patternText(pattern)}`}
                isChosen={map === head}
                onChoose={() => onHead(map)}
              />
            ))}
          </fieldset>
        </div>
      ) : (
        <div class="attention">{patterns.map((_, map) => large(map))}</div>
      )}
      {open === null || open >= patterns.length ? null : (
        <Enlarged title={`Attention of ${nameOf(open).toLowerCase()}`} onClose={() => setOpen(null)}>
          <div class="enlarged-heat">
            <span class="axis-name column">key: attended position →</span>
            <span class="axis-name row">query position →</span>
            <HeatAxes data={all[open]!} most={16}>
              {heat(open, () => setOpen(null))}
            </HeatAxes>
          </div>
          <div class="enlarged-foot">
            <HeatScale data={all[open]!} />
            <div class="said" aria-live="polite">
              {readout(open)}
            </div>
          </div>
        </Enlarged>
      )}
    </>
  );
}
