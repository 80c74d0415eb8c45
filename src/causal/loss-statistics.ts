import type { KeepOrDrop } from '../interventions/subspace.js';
import type { EditResult } from './summary.js';

/** Error of an edit, or of a draw of its control, on the sequences that are counted; NaN where there is none. */
export type ErrorOf = (judged: JudgedEdit) => number;

/** An edit, or one draw of its control, and the numbers of it that errors are taken from. */
export interface JudgedEdit {
  readonly result: EditResult;
  /** Null for the edit itself. */
  readonly draw: number | null;
}

/** The edits of one model at one step that the claims speak of. */
export interface ClaimedEdits {
  readonly none: EditResult;
  readonly find: (wanted: WantedEdit) => EditResult | undefined;
}

/** An edit by its part in the claims: heads are the ones that were chosen for the model. */
export type WantedEdit =
  | { readonly kind: 'remove' }
  | { readonly kind: 'project'; readonly component: 'keys' | 'outputs'; readonly what: KeepOrDrop }
  | { readonly kind: 'exchange'; readonly circuit: 'QK' | 'OV' };

/** A number of one model that claims are about. */
export interface LossStatistic {
  /** In words that follow "the". */
  readonly meaning: string;
  /** NaN where the model has no such edit, or no control. */
  readonly of: (edits: ClaimedEdits, errorOf: ErrorOf) => number;
}

/** (error - before) / (1 - before) */
function lost(edits: ClaimedEdits, error: number, errorOf: ErrorOf): number {
  const before = errorOf({ result: edits.none, draw: null });
  return (error - before) / (1 - before);
}

function own(wanted: WantedEdit, meaning: string): LossStatistic {
  return {
    meaning: `share of the copying that is lost ${meaning}`,
    of: (edits, errorOf) => {
      const result = edits.find(wanted);
      return result === undefined ? Number.NaN : lost(edits, errorOf({ result, draw: null }), errorOf);
    },
  };
}

function control(wanted: WantedEdit, meaning: string): LossStatistic {
  return {
    meaning: `share of the copying that is lost ${meaning}`,
    of: (edits, errorOf) => {
      const result = edits.find(wanted);
      const draws = result?.control?.draws ?? [];
      if (result === undefined || draws.length === 0) return Number.NaN;
      const sum = draws.reduce((total, _, draw) => total + errorOf({ result, draw }), 0);
      return lost(edits, sum / draws.length, errorOf);
    },
  };
}

function overRandom(wanted: WantedEdit, meaning: string): LossStatistic {
  const [edit, random] = [own(wanted, ''), control(wanted, '')];
  return {
    meaning: `share of the copying that is lost ${meaning}, less the mean of random edits of the same size`,
    of: (edits, errorOf) => edit.of(edits, errorOf) - random.of(edits, errorOf),
  };
}

const keys = (what: KeepOrDrop) => ({ kind: 'project', component: 'keys', what }) as const;
const outputs = (what: KeepOrDrop) => ({ kind: 'project', component: 'outputs', what }) as const;
const removed = 'when the reading heads are removed';

/** Every statistic that a claim on interventions may name; docs/interventions.md has the list. */
export const lossStatistics: ReadonlyMap<string, LossStatistic> = new Map([
  ['removal_lost', own({ kind: 'remove' }, removed)],
  ['removal_lost_over_random', overRandom({ kind: 'remove' }, removed)],
  ['keys_kept_lost', own(keys('keep'), 'when keys keep the subspace')],
  ['keys_kept_lost_over_random', overRandom(keys('keep'), 'when keys keep the subspace')],
  ['keys_dropped_lost', own(keys('drop'), 'when keys lose the subspace')],
  ['keys_dropped_lost_over_random', overRandom(keys('drop'), 'when keys lose the subspace')],
  ['outputs_kept_lost', own(outputs('keep'), 'when outputs keep the subspace')],
  ['outputs_kept_lost_over_random', overRandom(outputs('keep'), 'when outputs keep the subspace')],
  ['outputs_dropped_lost', own(outputs('drop'), 'when outputs lose the subspace')],
  ['outputs_dropped_lost_over_random', overRandom(outputs('drop'), 'when outputs lose the subspace')],
  ['exchange_qk_lost', own({ kind: 'exchange', circuit: 'QK' }, 'when reading heads exchange W_q and W_k')],
  [
    'exchange_qk_random_lost',
    control({ kind: 'exchange', circuit: 'QK' }, 'when reading heads get W_q and W_k of random heads'),
  ],
  ['exchange_ov_lost', own({ kind: 'exchange', circuit: 'OV' }, 'when reading heads exchange W_v and W_o')],
  [
    'exchange_ov_random_lost',
    control({ kind: 'exchange', circuit: 'OV' }, 'when reading heads get W_v and W_o of random heads'),
  ],
]);
