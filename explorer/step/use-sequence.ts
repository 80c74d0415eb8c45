import type { Signal } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import type { RunConfig } from '../../src/run/config.js';
import type { Sequences } from '../../src/train/sequences.js';
import type { RunSource } from '../source/run-source.js';
import type { Selection } from './selection.js';
import {
  checkedSequences,
  parseChoice,
  type SequenceChoice,
  type Shown,
  shownSequence,
} from './sequence-choice.js';
import { useLatest } from './use-latest.js';

/** Sequences of a run's own test sets; undefined where it has none. */
export interface TestSets {
  readonly source: RunSource;
  readonly test: Sequences | undefined;
  readonly ood: Sequences | undefined;
}

/** The sequence that the opened step is shown. */
export interface ChosenSequence {
  readonly choice: SequenceChoice;
  /** Undefined while test sets are on their way, or where what the address names does not fit the model. */
  readonly shown: Shown | undefined;
  readonly problem: string | undefined;
  /** Undefined while they are on their way. */
  readonly sets: TestSets | undefined;
}

/** Loads a run's test sequences, and finds the one that `text` names; another where this run does not have it. */
export function useSequence(
  { source, config }: Selection,
  text: Signal<string>,
  isSeen: boolean,
): ChosenSequence {
  const loaded = useLatest<TestSets>([source], isSeen, async () => {
    const load = async (set: 'test' | 'ood') => {
      try {
        const found = await source.testSequences(set);
        return found && checkedSequences(found, config, `${source.setting}, ${set} set`);
      } catch {
        return undefined;
      }
    };
    const [test, ood] = await Promise.all([load('test'), load('ood')]);
    return { source, test, ood };
  });
  const sets = loaded.value?.source === source ? loaded.value : undefined;
  const chosen = useMemo(() => {
    const choice = availableChoice(parseChoice(text.value), sets, config);
    try {
      const set = choice.set === 'typed' ? undefined : sets?.[choice.set];
      return { choice, shown: shownSequence(choice, set, config), problem: undefined };
    } catch (error) {
      return { choice, shown: undefined, problem: (error as Error).message };
    }
  }, [text.value, sets, config]);
  return { ...chosen, sets };
}

/** A run without an OOD set shows its ID set, and one without either a sequence to begin with. */
function availableChoice(
  wanted: SequenceChoice,
  sets: TestSets | undefined,
  config: RunConfig,
): SequenceChoice {
  if (wanted.set === 'typed' || sets === undefined || sets[wanted.set] !== undefined) return wanted;
  if (sets.ood !== undefined) return { set: 'ood', index: 0 };
  if (sets.test !== undefined) return { set: 'test', index: 0 };
  const { vocab_size: size, max_seq_len: length } = config;
  const half = Math.max(1, Math.floor(length / 2));
  return {
    set: 'typed',
    tokens: Array.from({ length: 2 * half }, (_, at) => ((at % half) * 7 + 3) % size),
  };
}
