import './heads.css';
import { computed, type ReadonlySignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import { headName } from '../../src/model/heads.js';
import { formatStep, formatValue } from '../chart/format.js';
import { Section } from '../parts/Section.js';
import { Stepper } from '../parts/Stepper.js';
import type { RunSource } from '../source/run-source.js';
import { bindHash } from '../state/hash.js';
import { headsSource } from '../state/looks.js';
import { focusedSource, shownSources } from '../state/selection.js';
import type { View } from '../state/view.js';
import { Atlas } from './Atlas.js';
import { numbersOfPair, valueSpread } from './chance.js';
import { scaleOf } from './colour-scale.js';
import { HeadGridMap } from './HeadGridMap.js';
import { headValues } from './head-values.js';
import { chosenBlock, type HeadsModel, type MeasureChoice } from './heads-model.js';
import { createHeadsView, type HeadsView, headsEntries } from './heads-view.js';
import { wordsOf } from './measure-words.js';
import { PairGraph } from './PairGraph.js';
import { PairList } from './PairList.js';
import { PairNumbers } from './PairNumbers.js';
import { listedPairs, type PairFilter, pairRows, placeOfPair } from './pair-rows.js';
import { SpreadStrip } from './SpreadStrip.js';

/** A model of many heads: which head reads which, as a grid, an atlas, a list and a graph, with one selection. */
export function HeadsSection(props: {
  readonly sources: ReadonlySignal<readonly RunSource[]>;
  readonly view: View;
  readonly selected: ReadonlySignal<number | null>;
}) {
  const { sources, view, selected } = props;
  const own = useMemo(createHeadsView, []);
  useEffect(() => bindHash(headsEntries(own)), [own]);
  const source = useMemo(
    () => computed(() => headsSource(shownSources(sources.value, view), focusedSource(sources.value, view))),
    [sources, view],
  );
  const model = source.value?.heads.value;
  if (source.value === undefined || model === undefined) {
    return <div class="skeleton" style={{ minHeight: '900px' }} aria-busy="true" />;
  }
  const name = sources.value.length > 1 ? source.value.setting : '';
  return <HeadsViews model={model} name={name} view={view} own={own} step={selected.value} />;
}

function HeadsViews(props: {
  readonly model: HeadsModel;
  /** Of the run, where the page has several; empty where it has one. */
  readonly name: string;
  readonly view: View;
  readonly own: HeadsView;
  readonly step: number | null;
}) {
  const { model, name, view, own, step } = props;
  const ofRun = name === '' ? '' : `${name}: `;
  const measure = chosenMeasure(model.pairs, own.measure.value);
  const rank = view.rank.value;
  const relPos = view.relPos.value;
  const rows = useMemo(
    () => measure && pairRows(model, measure, { rank, relPos, step }),
    [model, measure, rank, relPos, step],
  );
  const filter: PairFilter = {
    writes: own.writes.value,
    reads: own.reads.value,
    least: leastOf(own.least.value),
  };
  const order = own.order.value;
  const places = useMemo(
    () => (rows === undefined ? new Int32Array() : listedPairs(model, rows, filter, order)),
    [model, rows, filter.writes, filter.reads, filter.least, order],
  );
  const colour = own.colour.value;
  const grid = useMemo(
    () => headValues(model, colour, rows, { rank, relPos, step }),
    [model, colour, rows, rank, relPos, step],
  );
  if (measure === undefined) return null;
  const words = wordsOf(measure.id);
  if (rows === undefined) {
    return (
      <Section
        id="heads"
        title="Which head reads which?"
        lead={`${ofRun}${words.title} was not measured at this step.`}
      />
    );
  }
  const scale = scaleOf(rows.value, words.signed === true);
  const gridScale = scaleOf(grid.values, wordsOf(grid.id).signed === true);
  const chosen = placeOfPair(rows, view.pair.value ?? strongestName(rows.names, rows.value));
  const hovered = placeOfPair(rows, own.hover.value);
  const looked = hovered >= 0 ? hovered : chosen;
  const choose = (place: number) => {
    view.pair.value = rows.names[place] ?? null;
  };
  const hover = (place: number) => {
    own.hover.value = rows.names[place] ?? null;
  };
  const marked = looked < 0 ? [] : [rows.writer[looked]!, rows.reader[looked]!];
  const lookedName = rows.names[looked] ?? '';
  const numbers = numbersOfPair(
    model.pairs,
    lookedName,
    (choice) => chosenBlock(choice.blocks, rank, relPos),
    step,
  );
  const spread = valueSpread(rows);
  return (
    <Section
      id="heads"
      title="Which head reads which?"
      lead={
        <>
          {ofRun}
          {model.layers} layers of {model.heads} heads, {formatStep(model.pairCount)} pairs of a head and a
          later one. {words.says}
        </>
      }
    >
      <HeadsControls model={model} view={view} own={own} measure={measure} />
      <div class="heads-views">
        <figure class="heads-atlas">
          <figcaption>
            <h3>{words.title}</h3>
            <p class="said" aria-live="polite">
              {looked < 0 ? (
                'Point at a pair.'
              ) : (
                <>
                  <strong>{lookedName.replace('>', ' → ')}</strong> {formatValue(rows.value[looked]!)}
                  {hovered >= 0 ? '' : ' (chosen)'}
                </>
              )}
            </p>
          </figcaption>
          <Atlas
            grid={model}
            rows={rows}
            scale={scale}
            chosen={chosen}
            hovered={hovered}
            onHover={hover}
            onChoose={choose}
            title={`atlas of ${words.title}`}
            summary={`atlas of ${rows.names.length} pairs by ${words.title}; arrow keys go from pair to pair, Enter chooses`}
          />
          {spread === undefined ? null : (
            <SpreadStrip spread={spread} scale={scale} chosen={rows.value[looked]} />
          )}
        </figure>
        <div class="heads-side">
          <figure>
            <figcaption>
              <h3>Heads</h3>
              <MeasureSelect
                label={<span class="visually-hidden">colour of the heads</span>}
                value={grid.id}
                ids={['reads', 'writes', ...model.ofHeads.map(({ id }) => id)]}
                onChoose={(id) => {
                  own.colour.value = id;
                }}
              />
            </figcaption>
            <HeadGridMap
              grid={model}
              values={grid.values}
              scale={gridScale}
              title={`heads by ${wordsOf(grid.id).title}`}
              marked={marked}
              onChoose={(head) => {
                const side = grid.id === 'writes' ? own.writes : own.reads;
                const name = headName(model, head);
                side.value = side.value === name ? '' : name;
              }}
            />
          </figure>
          <PairNumbers name={lookedName} numbers={numbers} />
        </div>
        <figure class="heads-list">
          <figcaption>
            <h3>Strongest pairs</h3>
            <p class="quiet">
              {formatStep(places.length)} of {formatStep(rows.names.length)}
            </p>
          </figcaption>
          <PairList
            grid={model}
            rows={rows}
            places={places}
            order={order}
            chosen={chosen}
            onOrder={(next) => {
              own.order.value = next;
            }}
            onChoose={choose}
            onHover={hover}
          />
        </figure>
        <figure class="heads-graph">
          <figcaption>
            <h3>Who feeds whom</h3>
          </figcaption>
          <PairGraph
            grid={model}
            rows={rows}
            places={places}
            scale={scale}
            chosen={chosen}
            title={`strongest pairs by ${words.title}`}
          />
        </figure>
      </div>
    </Section>
  );
}

function HeadsControls(props: {
  readonly model: HeadsModel;
  readonly view: View;
  readonly own: HeadsView;
  readonly measure: MeasureChoice;
}) {
  const { model, view, own, measure } = props;
  const numbers = (name: 'rank' | 'rel_pos') =>
    [...new Set(measure.blocks.flatMap(({ key }) => (key[name] === null ? [] : [key[name]])))].sort(
      (a, b) => a - b,
    );
  const ranks = numbers('rank');
  const relPos = numbers('rel_pos');
  // What was chosen elsewhere may not have been measured of these pairs: the controls say what is shown.
  const shown = chosenBlock(measure.blocks, view.rank.value, view.relPos.value)?.key;
  const field = (label: string, signal: HeadsView['writes'], hint: string) => (
    <label class="choice">
      {label}
      <input
        type="text"
        size={6}
        value={signal.value}
        placeholder={hint}
        onInput={(event) => {
          signal.value = event.currentTarget.value;
        }}
      />
    </label>
  );
  return (
    <div class="controls heads-controls">
      <MeasureSelect
        label="measure"
        value={measure.id}
        ids={model.pairs.map(({ id }) => id)}
        onChoose={(id) => {
          own.measure.value = id;
        }}
      />
      {ranks.length === 0 ? null : (
        <Stepper
          label="rank"
          name="rank of the pairs"
          value={shown?.rank ?? view.rank.value}
          choices={ranks}
          onChange={(next) => {
            view.rank.value = next;
          }}
        />
      )}
      {relPos.length === 0 ? null : (
        <Stepper
          label="rel pos"
          name="relative position of the pairs"
          value={shown?.rel_pos ?? view.relPos.value}
          choices={relPos}
          onChange={(next) => {
            view.relPos.value = next;
          }}
        />
      )}
      {field('writes', own.writes, 'all')}
      {field('reads', own.reads, 'all')}
      {field('at least', own.least, 'any')}
    </div>
  );
}

/** One of several measures, by its title. */
function MeasureSelect(props: {
  readonly label: ComponentChildren;
  readonly value: string;
  readonly ids: readonly string[];
  readonly onChoose: (id: string) => void;
}) {
  const { label, value, ids, onChoose } = props;
  return (
    <label class="choice">
      {label}
      <select value={value} onChange={(event) => onChoose(event.currentTarget.value)}>
        {ids.map((id) => (
          <option key={id} value={id}>
            {wordsOf(id).title}
          </option>
        ))}
      </select>
    </label>
  );
}

function chosenMeasure(choices: readonly MeasureChoice[], id: string): MeasureChoice | undefined {
  const byId = (wanted: string) => choices.find((choice) => choice.id === wanted);
  return byId(id) ?? byId('qk_ov_match/mean') ?? byId('k_composition') ?? choices[0];
}

function leastOf(text: string): number | null {
  const value = Number(text.replace('−', '-').replace(',', '.'));
  return text.trim() === '' || Number.isNaN(value) ? null : value;
}

function strongestName(names: readonly string[], values: Float64Array): string | null {
  let best = -1;
  for (let at = 0; at < values.length; at++) {
    if (!Number.isNaN(values[at]) && (best < 0 || values[at]! > values[best]!)) best = at;
  }
  return names[best] ?? null;
}
