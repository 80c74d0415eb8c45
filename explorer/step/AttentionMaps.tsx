import { useState } from 'preact/hooks';
import type { RunConfig } from '../../src/run/config.js';
import { type HeadPattern, headPatterns } from '../../src/step/head-patterns.js';
import type { SequenceReading } from '../../src/step/read-sequence.js';
import { type Cell, Heat, type HeatData } from './Heat.js';
import { Enlarged } from './HeatFigure.js';
import { percent, roundUp, show } from './numbers.js';

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
  const patterns = headPatterns(reading);
  const most = isLinear ? roundUp(attention.reduce((best, value) => Math.max(best, Math.abs(value)), 0)) : 1;

  const dataOf = (map: number): HeatData => ({
    rows: n,
    cols: n,
    values: attention.subarray(map * n * n, (map + 1) * n * n),
    palette: isLinear ? 'diverging' : 'sequential',
    low: isLinear ? -most : 0,
    high: most,
  });
  const nameOf = (map: number) => `Layer ${Math.floor(map / heads)}, head ${map % heads}`;
  const heat = (map: number, onOpen: () => void) => (
    <Heat
      data={dataOf(map)}
      summary={`Attention of layer ${Math.floor(map / heads)}, head ${map % heads}, ${n} by ${n}, query by key. ${patternText(patterns[map]!)}.`}
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
        <strong>{show(attention[(map * n + cell.row) * n + cell.col])}</strong>
      </>
    ) : (
      <span class="quiet">{patternText(patterns[map]!)}</span>
    );
  const size = layers * heads > 8 ? ' many' : '';
  return (
    <div class={`attention${size}`}>
      {patterns.map((_, map) => (
        <figure key={map} class={map === head ? 'heat-figure chosen' : 'heat-figure'}>
          <figcaption>
            <h4>{nameOf(map)}</h4>
          </figcaption>
          {heat(map, () => setOpen(map))}
          <div class="said">{readout(map)}</div>
        </figure>
      ))}
      {open === null || open >= patterns.length ? null : (
        <Enlarged title={`Attention of ${nameOf(open).toLowerCase()}`} onClose={() => setOpen(null)}>
          <div class="enlarged-heat">
            <span class="axis-name column">key: attended position →</span>
            <span class="axis-name row">query position →</span>
            {heat(open, () => setOpen(null))}
          </div>
          <div class="enlarged-foot">
            <div class="said" aria-live="polite">
              {readout(open)}
            </div>
          </div>
        </Enlarged>
      )}
    </div>
  );
}

function patternText({ previous, induction }: HeadPattern): string {
  const parts = [`previous token ${percent(previous)}`];
  if (induction !== null) parts.push(`induction ${percent(induction)}`);
  return parts.join(' · ');
}
