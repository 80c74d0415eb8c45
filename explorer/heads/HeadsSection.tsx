import './heads.css';
import { computed, type ReadonlySignal, useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { headName } from '../../src/model/heads.js';
import { formatStep, formatValue } from '../chart/format.js';
import { Section } from '../parts/Section.js';
import type { RunSource } from '../source/run-source.js';
import { bindHash } from '../state/hash.js';
import { headsSource } from '../state/looks.js';
import { focusedSource, shownSources } from '../state/selection.js';
import type { View } from '../state/view.js';
import { Atlas, type LayersBelow } from './Atlas.js';
import { numbersOfPair } from './chance.js';
import { HeadsByColour } from './HeadsByColour.js';
import { HeadsControls } from './HeadsControls.js';
import { chosenBlock, type HeadsModel } from './heads-model.js';
import { createHeadsView, type HeadsView, headsEntries } from './heads-view.js';
import { MeasureSelect } from './MeasureSelect.js';
import { MeasuringBar } from './MeasuringBar.js';
import { wordsOf } from './measure-words.js';
import { NoPairsYet } from './NoPairsYet.js';
import { PairGraph } from './PairGraph.js';
import { PairList } from './PairList.js';
import { PairNumbers } from './PairNumbers.js';
import { type LayerSummary, placeOfPair } from './pair-rows.js';
import { SpreadStrip } from './SpreadStrip.js';
import { TextPart } from './TextPart.js';
import { usePairs } from './use-pairs.js';

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
  if (source.value === undefined) {
    return <div class="skeleton" style={{ minHeight: '900px' }} aria-busy="true" />;
  }
  const name = sources.value.length > 1 ? source.value.setting : '';
  const model = source.value.heads.value;
  const shared = { source: source.value, name, view, own, step: selected.value };
  return model === undefined || model.pairCount === 0 ? (
    <NoPairsYet model={model} {...shared} />
  ) : (
    <HeadsViews model={model} {...shared} />
  );
}

function HeadsViews(props: {
  readonly model: HeadsModel;
  readonly source: RunSource;
  /** Of the run, where the page has several; empty where it has one. */
  readonly name: string;
  readonly view: View;
  readonly own: HeadsView;
  readonly step: number | null;
}) {
  const { model, source, name, view, own, step } = props;
  const ofRun = name === '' ? '' : `${name}: `;
  const rank = view.rank.value;
  const relPos = view.relPos.value;
  const below = useSignal<LayersBelow | undefined>(undefined);
  const shown = usePairs(model, view, own, step);
  if (shown === undefined) return null;
  const { measure, rows, places, grid, scale, spread } = shown;
  const words = wordsOf(measure.id);
  if (rows === undefined) {
    const progress = source.progress.value;
    return progress.phase === 'measuring' ? (
      <Section
        id="heads"
        title="Which head reads which?"
        lead={`${ofRun}${words.title} is being measured at this step.`}
      >
        <MeasuringBar progress={progress} />
      </Section>
    ) : (
      <Section
        id="heads"
        title="Which head reads which?"
        lead={`${ofRun}${words.title} was not measured at this step.`}
      />
    );
  }
  const chosen = placeOfPair(rows, view.pair.value ?? shown.strongest);
  const hovered = placeOfPair(rows, own.hover.value);
  const looked = hovered >= 0 ? hovered : chosen;
  const choose = (place: number) => {
    view.pair.value = rows.names[place] ?? null;
  };
  const hover = (place: number, layers?: LayersBelow) => {
    own.hover.value = rows.names[place] ?? null;
    // The same layers are the same object: within them nothing is drawn again.
    const same = layers?.from === below.value?.from && layers?.to === below.value?.to;
    if (!same) below.value = layers;
  };
  const marked = looked < 0 ? [] : [rows.writer[looked]!, rows.reader[looked]!];
  const lookedName = rows.names[looked] ?? '';
  const numbers = numbersOfPair(
    model.pairs,
    lookedName,
    (choice) => chosenBlock(choice.blocks, rank, relPos),
    step,
  );
  return (
    <Section
      id="heads"
      title="Which head reads which?"
      lead={
        <>
          {ofRun}
          {model.layers} layers of {model.heads} heads, {formatStep(model.pairCount)} pairs of a head and a
          later one
          {model.listed === undefined
            ? ''
            : `, of which the ${formatStep(model.listed)} strongest have numbers of their own`}
          . {words.says}
        </>
      }
    >
      <HeadsControls model={model} view={view} own={own} measure={measure} />
      <div class="heads-views">
        <figure class="heads-atlas">
          <figcaption>
            <h3>{words.title}</h3>
            <p class="said" aria-live="polite">
              {hovered < 0 && below.value !== undefined && rows.layers !== undefined ? (
                <LayersText layers={rows.layers} at={below.value} />
              ) : looked < 0 ? (
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
            <SpreadStrip
              spread={spread}
              scale={scale}
              chosen={rows.value[looked]}
              isAll={rows.layers === undefined}
            />
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
            <HeadsByColour
              model={model}
              values={grid}
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
            order={own.order.value}
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
      {source.readText === undefined ? null : (
        <TextPart
          source={source}
          own={own}
          step={model.steps.length === 0 ? null : step}
          firstHead={rows.reader[chosen] ?? 0}
        />
      )}
    </Section>
  );
}

/** What is known of pairs without numbers of their own: those of two layers together. */
function LayersText({ layers, at }: { readonly layers: LayerSummary; readonly at: LayersBelow }) {
  const place = layers.from.findIndex((from, own) => from === at.from && layers.to[own] === at.to);
  if (place < 0) return <>Point at a pair.</>;
  return (
    <>
      <strong>
        layers {at.from} → {at.to}
      </strong>{' '}
      median {formatValue(layers.median[place]!)}, 95 % below {formatValue(layers.q95[place]!)}, largest{' '}
      {formatValue(layers.maximum[place]!)}
    </>
  );
}
