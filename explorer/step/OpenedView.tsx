import { useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import type { MapName } from '../../src/step/circuit-maps.js';
import { relPosOrder } from '../../src/step/over-rel-pos.js';
import type { RunSource } from '../source/run-source.js';
import { bindHash, textEntry, wordEntry } from '../state/hash.js';
import type { View } from '../state/view.js';
import { CosinesPlot } from './CosinesPlot.js';
import { cosinesFormula, spectrumFormula } from './formulas.js';
import { Maps } from './Maps.js';
import { OverRelPos, type RelPosCurve } from './OverRelPos.js';
import { PairChooser } from './PairChooser.js';
import { SequencePanel } from './SequencePanel.js';
import { Spectra } from './Spectra.js';
import { StepHeader } from './StepHeader.js';
import type { Selection } from './selection.js';
import {
  checkedSequences,
  choiceText,
  parseChoice,
  type SequenceChoice,
  shownSequence,
} from './sequence-choice.js';
import type { StepClient } from './step-client.js';
import { useLatest } from './use-latest.js';

/** Relative positions on either side of 0 that the curves over t show. */
const reach = 40;
/** Relative positions asked for at once: the curves grow as they come, and a newer step need not wait. */
const relPosAtOnce = 9;
/** Milliseconds after which a part of the curve is better than the one of the step before. */
const patience = 400;

/** Everything about one checkpoint, following the view. */
export function OpenedView(props: {
  readonly client: StepClient;
  readonly selection: Selection;
  readonly view: View;
  readonly runs: readonly RunSource[];
}) {
  const { client, selection, view, runs } = props;
  const { source, config, info, pair, rank, relPos, reference } = selection;
  const target = { source, step: info.step };
  const hash = source.provenance.value.checkpoints[info.step];
  const scaleMode = useSignal<'same' | 'own'>('same');
  const text = useSignal(choiceText({ set: 'ood', index: 0 }));
  useEffect(() => bindHash([textEntry('seq', text), wordEntry('scale', scaleMode, ['same', 'own'])]), []);

  const sets = useLatest([source], async () => {
    const load = async (set: 'test' | 'ood') => {
      try {
        return checkedSequences(await source.testSequences(set), config, `${source.setting}, ${set} set`);
      } catch {
        return undefined;
      }
    };
    const [test, ood] = await Promise.all([load('test'), load('ood')]);
    return { source, test, ood };
  });
  const own = sets.value?.source === source ? sets.value : undefined;
  const { choice, shown, problem } = useMemo(() => {
    const wanted = parseChoice(text.value);
    const isThere = wanted.set === 'typed' || own === undefined || own[wanted.set] !== undefined;
    // A run without OOD set shows its ID set, and one without either a sequence to begin with.
    const choice: SequenceChoice = isThere
      ? wanted
      : own?.test
        ? { set: 'test', index: 0 }
        : own?.ood
          ? { set: 'ood', index: 0 }
          : { set: 'typed', tokens: exampleTokens(config) };
    try {
      const set = choice.set === 'typed' ? undefined : own?.[choice.set];
      return { choice, shown: shownSequence(choice, set, config), problem: undefined };
    } catch (error) {
      return { choice, shown: undefined, problem: (error as Error).message };
    }
  }, [text.value, own, config]);

  const picture = useLatest(
    [source, info.step, hash, info.status, pair, rank, relPos, reference, shown],
    async () => {
      if (info.status === 'broken') throw new Error(info.message ?? 'this checkpoint cannot be read');
      const [maps, numbers, scales, reading] = await Promise.all([
        client.ask(target, 'maps', { pair, relPos }),
        client.ask(target, 'numbers', { pair, relPos, rank }),
        scalesOf(client, selection),
        shown === undefined
          ? { value: undefined, error: undefined }
          : client.ask(target, 'sequence', shown).then(
              (value) => ({ value, error: undefined }),
              (error: Error) => ({ value: undefined, error: error.message }),
            ),
      ]);
      return { maps, numbers, scales, reading, rank, relPos, config, pair, step: info.step };
    },
  );
  const curve = useLatest<RelPosCurve>(
    [source, info.step, hash, info.status, pair, rank],
    async (show, isStale) => {
      const found = new Map<number, RelPosCurve['scores'][number]>();
      const sorted = (): RelPosCurve => {
        const all = [...found].sort(([a], [b]) => a - b);
        return { relPos: all.map(([t]) => t), scores: all.map(([, scores]) => scores) };
      };
      if (info.status === 'broken' || !pair.includes('>')) return sorted();
      const order = relPosOrder(config.pos, Math.min(reach, config.max_seq_len - 1));
      const started = performance.now();
      for (let from = 0; from < order.length && !isStale(); from += relPosAtOnce) {
        const part = order.slice(from, from + relPosAtOnce);
        const scores = await client.ask(target, 'scores', { pair, rank, relPos: part });
        for (const [at, t] of part.entries()) found.set(t, scores[at]!);
        // The curve of the step before stays until this one is whole, unless that takes long.
        if (performance.now() - started > patience) show(sorted());
      }
      return sorted();
    },
  );
  const band = useLatest([config.d_model, rank, picture.value === undefined], async () =>
    picture.value === undefined ? undefined : client.ask(target, 'band', { rank }),
  );
  const places = useLatest([source, info.step, hash, info.status, own], async () => {
    if (info.status === 'broken') return [];
    const found = [];
    for (const set of ['test', 'ood'] as const) {
      const sequences = own?.[set];
      if (sequences === undefined || sequences.lengths.length === 0) continue;
      const errors = await client.ask(target, 'places', sequences).catch(() => undefined);
      if (errors !== undefined) found.push({ set, errors });
    }
    return found;
  });

  const header = <StepHeader {...{ selection, runs, view }} busy={picture.busy} />;
  const { value, error } = picture;
  if (error !== undefined) {
    return (
      <div>
        {header}
        <p class="warning instead" role="alert">
          {error}
        </p>
      </div>
    );
  }
  if (value === undefined) {
    return (
      <div>
        {header}
        <div class="skeleton" style={{ minHeight: '1400px' }} aria-busy="true" />
      </div>
    );
  }
  const { numbers } = value;
  const hasReader = value.pair.includes('>');
  const counts = { test: own?.test?.lengths.length ?? 0, ood: own?.ood?.lengths.length ?? 0 };
  const scales = scaleMode.value === 'same' ? value.scales : undefined;
  return (
    <div class={picture.busy ? 'opened busy' : 'opened'}>
      {header}
      <div class="part">
        <div class="part-title">
          <h3>
            Circuits{hasReader ? ` of heads ${value.pair.replace('>', ' → ')}, t = ${value.relPos}` : ''}
          </h3>
          <div class="controls">
            <PairChooser
              config={value.config}
              pair={value.pair}
              onChange={(chosen) => {
                view.pair.value = chosen;
              }}
            />
            <label>
              <span>colour scale</span>
              <select
                value={scaleMode.value}
                onChange={({ currentTarget }) => {
                  scaleMode.value = currentTarget.value === 'own' ? 'own' : 'same';
                }}
              >
                <option value="same">the same at all steps</option>
                <option value="own">this step's own</option>
              </select>
            </label>
          </div>
        </div>
        {hasReader ? null : (
          <p class="quiet">
            A model of one layer has no later layer to read what this one writes, so W<sub>QK</sub>(t), W
            <sub>QKOV</sub>, S and their scores have nothing to show.
          </p>
        )}
        <Maps maps={value.maps} scales={scales} />
      </div>
      <div class="part split">
        <div>
          <h3>Singular values</h3>
          <div class="formula">{spectrumFormula}</div>
          <Spectra spectra={numbers.spectra} />
        </div>
        <div>
          <h3>Do the subspaces meet?</h3>
          <div class="formula">{cosinesFormula(hasReader)}</div>
          <p class="note">
            Cosines of the principal angles between the {value.rank} strongest directions of each: 1 is
            shared, 0 is unrelated. The grey band is chance.
          </p>
          <CosinesPlot cosines={numbers.cosines} rank={value.rank} band={band.value} />
        </div>
      </div>
      {hasReader && curve.value !== undefined && curve.value.relPos.length > 0 ? (
        <div class="part">
          <h3>How it depends on distance</h3>
          <p class="note">
            A key in the past has a negative t.{' '}
            {value.config.pos === 'rotary'
              ? 'Rotary positions turn queries against keys by an angle that grows with t. Click to look at another t.'
              : 'Without rotary positions the circuits do not depend on it.'}
          </p>
          <OverRelPos
            curve={curve.value}
            range={rangeOf(value.config)}
            match={view.match.value}
            rank={value.rank}
            selected={value.relPos}
            onPick={(t) => {
              view.relPos.value = t;
            }}
          />
        </div>
      ) : null}
      <div class="part">
        <h3>What it does with a sequence</h3>
        <SequencePanel
          config={value.config}
          choice={choice}
          onChoice={(chosen) => {
            text.value = choiceText(chosen);
          }}
          counts={counts}
          shown={shown}
          reading={value.reading.value}
          error={problem ?? value.reading.error}
          places={places.value ?? []}
          firstHead={headIndex(value.pair, value.config.num_heads)}
        />
      </div>
    </div>
  );
}

/** Scales of the maps: their usual entries at the last step that can be had; undefined where it cannot be opened. */
async function scalesOf(
  client: StepClient,
  { source, pair, relPos, reference }: Selection,
): Promise<ReadonlyMap<MapName, number> | undefined> {
  if (reference === undefined) return undefined;
  try {
    const maps = await client.ask({ source, step: reference }, 'maps', { pair, relPos });
    return new Map(maps.map(({ name, usual }) => [name, usual]));
  } catch {
    return undefined;
  }
}

function rangeOf({ pos, max_seq_len: length }: Selection['config']): readonly [number, number] {
  const most = pos === 'rotary' ? Math.min(reach, length - 1) : 1;
  return [-most, most];
}

/** The reader of a pair, or the writer alone, as layer·heads + head. */
function headIndex(pair: string, heads: number): number {
  const [layer = 0, head = 0] = (pair.split('>').at(-1) ?? '').split('.').map(Number);
  return layer * heads + head;
}

/** A pattern and its copy, for a run without test sets. */
function exampleTokens({ vocab_size: size, max_seq_len: length }: Selection['config']): number[] {
  const half = Math.max(1, Math.floor(length / 2));
  return Array.from({ length: 2 * half }, (_, at) => ((at % half) * 7 + 3) % size);
}
