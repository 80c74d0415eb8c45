import { type Signal, useSignal } from '@preact/signals';
import { useCallback, useEffect, useMemo, useState } from 'preact/hooks';
import { formatStep } from '../chart/format.js';
import { Switch } from '../parts/Switch.js';
import { Term } from '../parts/Term.js';
import type { RunSource } from '../source/run-source.js';
import { bindHash, wordEntry } from '../state/hash.js';
import { measuredRelPos } from '../state/measured.js';
import type { View } from '../state/view.js';
import { ComparePart } from './ComparePart.js';
import { CosinesPlot } from './CosinesPlot.js';
import { EditedSequence } from './EditedSequence.js';
import { cosinesFormula, spectrumFormula } from './formulas.js';
import { Maps } from './Maps.js';
import { OverRelPos, type RelPosCurve } from './OverRelPos.js';
import { PairChooser } from './PairChooser.js';
import { parsePinned, pinnedText } from './pinned.js';
import { SaveArrays } from './SaveArrays.js';
import { Spectra } from './Spectra.js';
import { StepHeader } from './StepHeader.js';
import { type Selection, selectionOfOther } from './selection.js';
import { choiceText, type SequenceChoice } from './sequence-choice.js';
import type { StepClient } from './step-client.js';
import { useLatest } from './use-latest.js';
import {
  type Opened,
  openPicture,
  type Picture,
  relPosReach,
  type SetErrors,
  useOpened,
} from './use-opened.js';
import { type ChosenSequence, useSequence } from './use-sequence.js';

type ScaleMode = 'same' | 'own';

/** Everything about one checkpoint, following the view. */
export function OpenedView(props: {
  readonly client: StepClient;
  readonly selection: Selection;
  readonly view: View;
  readonly runs: readonly RunSource[];
  /** Whether the address bar keeps the scale. */
  readonly isLinked: boolean;
  /** Whether it is on the screen: elsewhere it stays as it was. */
  readonly isSeen: boolean;
}) {
  const { client, selection, view, runs, isLinked, isSeen } = props;
  const scaleMode = useSignal<ScaleMode>('same');
  const { sequence: text, pin } = view;
  useEffect(() => {
    if (!isLinked) return;
    return bindHash([wordEntry('scale', scaleMode, ['same', 'own'])]);
  }, [isLinked]);
  const onChoice = useCallback((chosen: SequenceChoice) => {
    text.value = choiceText(chosen);
  }, []);
  const sequence = useSequence(selection, text, isSeen);
  const [attempt, setAttempt] = useState(0);
  const opened = useOpened(client, selection, sequence.shown, sequence.sets, attempt, isSeen);
  const { picture, curve, places } = opened;
  const pinned = parsePinned(pin.value);
  const pinnedSource = runs.find(({ setting }) => setting === pinned?.setting);
  const other =
    pinned === null || pinnedSource === undefined
      ? undefined
      : selectionOfOther(selection, pinnedSource, pinned.step);
  const compared = useLatest<Picture | undefined>(
    [
      ...[pin.value, pinnedSource, other?.info.step, other?.info.status],
      ...[selection.pair, selection.rank, selection.relPos, sequence.shown, attempt],
    ],
    isSeen,
    async () => (other === undefined ? undefined : openPicture(client, other, sequence.shown)),
  );
  const header = (
    <StepHeader
      {...{ selection, runs, view, pinned }}
      busy={picture.busy}
      onPin={(next) => {
        pin.value = next === null ? null : pinnedText(next);
      }}
    />
  );
  if (picture.error !== undefined || picture.value === undefined) {
    return (
      <div>
        {header}
        {picture.error === undefined ? (
          <div class="skeleton" style={{ minHeight: '1400px' }} aria-busy="true" />
        ) : (
          <div class="warning" role="alert">
            <p>{picture.error}</p>
            {selection.info.status === 'ready' ? (
              <button type="button" class="plain" onClick={() => setAttempt(attempt + 1)}>
                Try again
              </button>
            ) : null}
          </div>
        )}
      </div>
    );
  }
  return (
    <div
      class={picture.busy ? 'opened busy' : 'opened'}
      data-run={picture.value.source.setting}
      data-step={picture.value.info.step}
    >
      {header}
      {pinned === null ? null : compared.error !== undefined ? (
        <p class="warning" role="alert">
          A cannot be compared: {compared.error}
        </p>
      ) : compared.value === undefined ? (
        pinnedSource === undefined ? (
          <p class="quiet">A is of {pinned.setting}, which is not on this page.</p>
        ) : null
      ) : (
        <ComparePart
          a={compared.value}
          b={picture.value}
          runs={runs}
          head={headIndex(picture.value.pair, picture.value.config.num_heads)}
        />
      )}
      <Parts
        {...{ client, view, scaleMode, sequence, isSeen }}
        picture={picture.value}
        curve={curve.value}
        band={opened.band.value}
        places={places.value ?? noPlaces}
        onChoice={onChoice}
      />
    </div>
  );
}

const noPlaces: readonly SetErrors[] = [];

/** The parts of the page, each rendered again only when something of its own has changed. */
function Parts(props: {
  readonly client: StepClient;
  readonly picture: Picture;
  readonly curve: RelPosCurve | undefined;
  readonly band: Opened['band']['value'];
  readonly places: readonly SetErrors[];
  readonly sequence: ChosenSequence;
  readonly onChoice: (choice: SequenceChoice) => void;
  readonly view: View;
  readonly scaleMode: Signal<ScaleMode>;
  readonly isSeen: boolean;
}) {
  const { client, picture, curve, band, places, sequence, onChoice, view, scaleMode, isSeen } = props;
  const match = view.match.value;
  const scale = scaleMode.value;
  const { config, pair } = picture;
  return (
    <>
      {useMemo(
        () => (
          <CircuitsPart
            {...{ client, picture, view, scale }}
            onScale={(mode) => {
              scaleMode.value = mode;
            }}
          />
        ),
        [picture, scale],
      )}
      {useMemo(
        () => (
          <SubspacesPart {...{ picture, band }} />
        ),
        [picture, band],
      )}
      {useMemo(
        () => (
          <DistancePart {...{ picture, curve, match, view }} />
        ),
        [picture, curve, match],
      )}
      {useMemo(
        () => (
          <div class="part">
            <h3>What it does with a sequence</h3>
            <EditedSequence
              {...{ client, view, picture, sequence, onChoice, places, isSeen }}
              firstHead={headIndex(pair, config.num_heads)}
            />
          </div>
        ),
        [picture, sequence.shown, sequence.sets, sequence.choice, sequence.problem, places, isSeen],
      )}
    </>
  );
}

function DistancePart(props: {
  readonly picture: Picture;
  readonly curve: RelPosCurve | undefined;
  readonly match: 'mean' | 'largest';
  readonly view: View;
}) {
  const { picture, curve, match, view } = props;
  const { config, numbers, rank, relPos, source } = picture;
  if (numbers.scores === null || curve === undefined || curve.relPos.length === 0) return null;
  return (
    <div class="part">
      <h3>How it depends on distance</h3>
      <p class="note">
        {config.pos === 'rotary'
          ? 'Rotary positions turn queries against keys by angles that grow with the relative position t; a key in the past has a negative t. Click to choose another of those measured.'
          : 'Without rotary positions the circuits do not depend on the relative position: there is t = 0 alone.'}
      </p>
      <OverRelPos
        {...{ curve, match, rank }}
        here={numbers.scores}
        range={[-relPosReach(picture), relPosReach(picture)]}
        selected={relPos}
        onPick={(t) => {
          view.relPos.value = nearestOf(measuredRelPos([source]), t);
        }}
      />
    </div>
  );
}

function CircuitsPart(props: {
  readonly client: StepClient;
  readonly picture: Picture;
  readonly view: View;
  readonly scale: ScaleMode;
  readonly onScale: (mode: ScaleMode) => void;
}) {
  const { client, picture, view, scale, onScale } = props;
  const { config, pair, relPos, maps, scales } = picture;
  const hasReader = pair.includes('>');
  return (
    <div class="part">
      <div class="part-title">
        <h3>
          {hasReader
            ? `${readsText(pair)}: circuits of heads ${pair.replace('>', ' → ')} at t = ${formatStep(relPos)}`
            : `Circuit of head ${pair}`}
        </h3>
        <div class="controls">
          <PairChooser
            config={config}
            pair={pair}
            onChange={(chosen) => {
              view.pair.value = chosen;
            }}
          />
          <Switch
            name="scale"
            value={scale}
            choices={[
              ['same', 'same at all steps'],
              ['own', "this step's own"],
            ]}
            onChange={onScale}
          />
          <SaveArrays {...{ client, picture }} />
        </div>
      </div>
      {hasReader ? null : (
        <p class="quiet">
          A model of one layer has no later layer to read what this one writes, so W<sub>QK</sub>(t), W
          <sub>QKOV</sub>, S and their scores have nothing to show.
        </p>
      )}
      <Maps maps={maps} scales={scale === 'same' ? scales : undefined} />
    </div>
  );
}

function SubspacesPart({ picture, band }: { picture: Picture; band: Opened['band']['value'] }) {
  const { numbers, rank, pair } = picture;
  return (
    <div class="part split">
      <div>
        <h3>Singular values</h3>
        <div class="formula">{spectrumFormula}</div>
        <Spectra spectra={numbers.spectra} />
      </div>
      <div>
        <h3>Do the subspaces meet?</h3>
        <div class="formula">{cosinesFormula(pair.includes('>'))}</div>
        <p class="note">
          Cosines of the <Term of="principal angles" /> between the {rank} strongest directions of each: 1 is
          shared, 0 unrelated, the grey band <Term of="random baseline">chance</Term>.
        </p>
        <CosinesPlot cosines={numbers.cosines} rank={rank} band={band} />
      </div>
    </div>
  );
}

/** What a pair does, by its layers: `Layer 3 reads layer 0`. */
function readsText(pair: string): string {
  const [writer, reader] = pair.split('>').map((head) => head.split('.')[0]);
  return `Layer ${reader} reads layer ${writer}`;
}

/** The reader of a pair, or the writer alone, as layer·heads + head. */
function headIndex(pair: string, heads: number): number {
  const [layer = 0, head = 0] = (pair.split('>').at(-1) ?? '').split('.').map(Number);
  return layer * heads + head;
}

function nearestOf(choices: readonly number[], wanted: number): number {
  return choices.reduce(
    (best, choice) => (Math.abs(choice - wanted) < Math.abs(best - wanted) ? choice : best),
    choices[0] ?? wanted,
  );
}
