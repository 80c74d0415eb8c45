import { useMemo } from 'preact/hooks';
import type { View } from '../state/view.js';
import { type ValueSpread, valueSpread } from './chance.js';
import { type ColourScale, pairScale } from './colour-scale.js';
import { type HeadValues, headValues } from './head-values.js';
import type { HeadsModel, MeasureChoice } from './heads-model.js';
import type { HeadsView } from './heads-view.js';
import { wordsOf } from './measure-words.js';
import { listedPairs, type PairFilter, type PairRows, pairRows } from './pair-rows.js';

/** What the parts of the heads view show of one measure at one step; what the pointer does changes none of it. */
export interface ShownPairs {
  readonly measure: MeasureChoice;
  /** Undefined where the step has no values. */
  readonly rows: PairRows | undefined;
  /** Pairs that the filters leave, in order. */
  readonly places: Int32Array;
  readonly grid: HeadValues;
  readonly scale: ColourScale;
  readonly spread: ValueSpread | undefined;
  /** The strongest pair. */
  readonly strongest: string | null;
}

/** Takes the chosen measure's pairs from the table. @returns undefined where the table has no pairs */
export function usePairs(
  model: HeadsModel,
  view: View,
  own: HeadsView,
  step: number | null,
): ShownPairs | undefined {
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
  const isSigned = measure !== undefined && wordsOf(measure.id).signed === true;
  // The same for all steps of a series, so that what is seen to grow does.
  const scale = useMemo(() => scaleOfPairs(rows, isSigned), [rows?.overSteps, isSigned]);
  const { spread, strongest } = useMemo(
    () => ({
      spread: rows && valueSpread(rows, rows.strongest),
      strongest:
        rows === undefined ? null : (rows.names[listedPairs(model, rows, noFilter, 'value')[0]!] ?? null),
    }),
    [rows],
  );
  return measure && { measure, rows, places, grid, scale, spread, strongest };
}

const noFilter: PairFilter = { writes: '', reads: '', least: null };

function scaleOfPairs(rows: PairRows | undefined, signed: boolean): ColourScale {
  if (rows === undefined) return pairScale(new Float64Array(), { signed, strongest: 'highest' });
  const { strongest, overSteps, layers } = rows;
  if (layers === undefined) return pairScale(overSteps, { signed, strongest });
  const all = Float64Array.from([...overSteps, ...layers.overSteps]);
  return pairScale(all, { signed, strongest, strong: overSteps.length });
}

function chosenMeasure(choices: readonly MeasureChoice[], id: string): MeasureChoice | undefined {
  const byId = (wanted: string) => choices.find((choice) => choice.id === wanted);
  return byId(id) ?? byId('qk_ov_match/mean') ?? byId('k_composition') ?? choices[0];
}

function leastOf(text: string): number | null {
  const value = Number(text.replace('−', '-').replace(',', '.'));
  return text.trim() === '' || Number.isNaN(value) ? null : value;
}
