import type { BaselineSummary } from '../../src/measures/random-baseline.js';
import type { HeatMatrix, MapName } from '../../src/step/circuit-maps.js';
import { relPosOrder } from '../../src/step/over-rel-pos.js';
import type { PlaceErrors } from '../../src/step/place-errors.js';
import type { SequenceReading } from '../../src/step/read-sequence.js';
import type { RelPosCurve } from './OverRelPos.js';
import type { Numbers } from './protocol.js';
import type { Selection } from './selection.js';
import type { Shown } from './sequence-choice.js';
import type { StepClient } from './step-client.js';
import { type Latest, useLatest } from './use-latest.js';
import type { TestSets } from './use-sequence.js';

/** Relative positions on either side of 0 that the curves over t show. */
const reach = 40;
/** Relative positions asked for at once: a newer step need not wait for all of them. */
const relPosAtOnce = 9;
/** Milliseconds after which a part of a curve is better than the whole one of the step before. */
const patience = 400;

/** What is shown of one step together: it was computed for the same choice, and arrives at once. */
export interface Picture extends Selection {
  readonly maps: readonly HeatMatrix[];
  /** Ends of the colour scales by map, from the last step; undefined where that one cannot be opened. */
  readonly scales: ReadonlyMap<MapName, number> | undefined;
  readonly numbers: Numbers;
  /** Undefined while there is no sequence, or where the model cannot read it. */
  readonly reading: SequenceReading | undefined;
  readonly readingError: string | undefined;
}

/** Errors by place over a test set. */
export interface SetErrors {
  readonly set: 'test' | 'ood';
  readonly errors: readonly PlaceErrors[];
}

/** Everything that is computed of an opened step. */
export interface Opened {
  readonly picture: Latest<Picture>;
  /** The same pair at other relative positions. */
  readonly curve: Latest<RelPosCurve>;
  readonly band: Latest<readonly BaselineSummary[] | undefined>;
  readonly places: Latest<readonly SetErrors[]>;
}

/**
 * Opens the selected step and keeps what is shown of it up to date with the selection.
 * @param attempt another number tries again what has failed
 * @param isSeen whether somebody looks at it: out of sight, nothing is computed
 */
export function useOpened(
  client: StepClient,
  selection: Selection,
  shown: Shown | undefined,
  sets: TestSets | undefined,
  attempt: number,
  isSeen: boolean,
): Opened {
  const { source, config, info, pair, rank, relPos, references } = selection;
  const target = { source, step: info.step };
  // A run trained again has other weights at the same step.
  const which = [source, info.step, source.provenance.value.checkpoints[info.step], info.status, attempt];
  const isLost = info.status !== 'ready';

  const scaled = references.map((one) => `${one.source.setting} ${one.step}`).join('\n');
  const picture = useLatest<Picture>([...which, pair, rank, relPos, scaled, shown], isSeen, () =>
    openPicture(client, selection, shown),
  );

  const curve = useLatest<RelPosCurve>([...which, pair, rank], isSeen, async (show, isStale) => {
    const found = new Map<number, RelPosCurve['scores'][number]>();
    const sorted = (): RelPosCurve => {
      const all = [...found].sort(([a], [b]) => a - b);
      return { relPos: all.map(([t]) => t), scores: all.map(([, scores]) => scores) };
    };
    if (isLost || !pair.includes('>')) return sorted();
    const started = performance.now();
    const order = relPosOrder(config.pos, relPosReach(selection));
    for (let from = 0; from < order.length && !isStale(); from += relPosAtOnce) {
      const part = order.slice(from, from + relPosAtOnce);
      const scores = await client.ask(target, 'scores', { pair, rank, relPos: part });
      for (const [at, t] of part.entries()) found.set(t, scores[at]!);
      if (performance.now() - started > patience) show(sorted());
    }
    return sorted();
  });

  // Asked of the step that is open: the one selected may be lost.
  const open = picture.value;
  const band = useLatest(
    [config.d_model, rank, open !== undefined],
    isSeen,
    async () => open && client.ask({ source: open.source, step: open.info.step }, 'band', { rank }),
  );

  const places = useLatest<readonly SetErrors[]>([...which, sets], isSeen, async () => {
    const found: SetErrors[] = [];
    for (const set of ['test', 'ood'] as const) {
      const sequences = sets?.[set];
      if (isLost || sequences === undefined || sequences.lengths.length === 0) continue;
      const errors = await client.ask(target, 'places', sequences).catch(() => undefined);
      if (errors !== undefined) found.push({ set, errors });
    }
    return found;
  });
  return { picture, curve, band, places };
}

/**
 * Computes what is shown of a step together.
 * @throws Error that says why the step cannot be opened
 */
export async function openPicture(
  client: StepClient,
  selection: Selection,
  shown: Shown | undefined,
): Promise<Picture> {
  const { source, info, pair, rank, relPos } = selection;
  const target = { source, step: info.step };
  if (info.status === 'absent') throw new Error(`step ${info.step}: ${info.message ?? 'not at hand'}`);
  if (info.status !== 'ready') throw new Error(info.message ?? `step ${info.step} cannot be read`);
  const [maps, numbers, scales, reading] = await Promise.all([
    client.ask(target, 'maps', { pair, relPos }),
    client.ask(target, 'numbers', { pair, relPos, rank }),
    scalesOf(client, selection),
    shown && client.ask(target, 'sequence', shown).catch((error: Error) => error.message),
  ]);
  const isRead = typeof reading === 'object';
  return {
    ...selection,
    ...{ maps, numbers, scales },
    reading: isRead ? reading : undefined,
    readingError: isRead ? undefined : reading,
  };
}

/** How far the curves over t reach; at least 1, so that they have an axis. */
export function relPosReach({ config }: Pick<Selection, 'config'>): number {
  return config.pos === 'rotary' ? Math.max(1, Math.min(reach, config.max_seq_len - 1)) : 1;
}

/** Scales of the maps: the largest of their usual entries at the last steps that can be had. */
async function scalesOf(
  client: StepClient,
  { pair, relPos, references }: Selection,
): Promise<ReadonlyMap<MapName, number> | undefined> {
  const scales = new Map<MapName, number>();
  const asked = references.map((target) =>
    client.ask(target, 'maps', { pair, relPos }).then(
      (maps) => {
        for (const { name, usual } of maps) scales.set(name, Math.max(usual, scales.get(name) ?? 0));
      },
      // One that cannot be opened sets no scale.
      () => {},
    ),
  );
  await Promise.all(asked);
  return scales.size === 0 ? undefined : scales;
}
