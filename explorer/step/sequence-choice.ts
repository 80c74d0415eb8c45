import type { RunConfig } from '../../src/run/config.js';
import { type Copies, longestRepeat } from '../../src/step/copies.js';
import { parseSequence } from '../../src/step/parse-sequence.js';
import { fromTestSet, type Sequences, toTestSet } from '../../src/train/sequences.js';
import type { TestSequences } from '../source/run-source.js';

/** Which sequence the model is shown: one of a test set, or one that a reader typed. */
export type SequenceChoice =
  | { readonly set: 'test' | 'ood'; readonly index: number }
  | { readonly set: 'typed'; readonly tokens: readonly number[] };

/** The choice as the address bar holds it: `ood.3`, or `typed.5.1.5.1`. */
export function choiceText(choice: SequenceChoice): string {
  return choice.set === 'typed' ? `typed.${choice.tokens.join('.')}` : `${choice.set}.${choice.index}`;
}

/** Anything may stand in an address: what is no choice is the first sequence of the OOD set. */
export function parseChoice(text: string): SequenceChoice {
  const [set, ...numbers] = text.split('.');
  const tokens = numbers.map((part) => (/^\d{1,7}$/.test(part) ? Number(part) : Number.NaN));
  const isWhole = tokens.length > 0 && tokens.every(Number.isInteger);
  if (set === 'typed' && isWhole) return { set, tokens };
  if ((set === 'test' || set === 'ood') && isWhole) return { set, index: tokens[0]! };
  return { set: 'ood', index: 0 };
}

/** Sequences of a test set, checked: they come from a file. @throws InputError when they do not fit the model */
export function checkedSequences(test: TestSequences, config: RunConfig, name: string): Sequences {
  const { tokens, lengths, starts } = test;
  const length = tokens[0]?.length ?? 0;
  const even = tokens.every((row) => row.length === length) ? tokens : [];
  return fromTestSet(
    toTestSet({
      tokens: Int32Array.from(even.flat()),
      lengths: Int32Array.from(lengths.slice(0, even.length)),
      starts: starts && Int32Array.from(starts.slice(0, even.length).flat()),
    }),
    config,
    name,
  );
}

/** A sequence to show, and where it repeats itself. */
export interface Shown {
  readonly tokens: Int32Array<ArrayBuffer>;
  readonly copies: Copies | null;
}

/**
 * The sequence that a choice stands for.
 * @param sequences the test set that it names, if it names one
 * @throws InputError when a typed one does not fit the model
 */
export function shownSequence(
  choice: SequenceChoice,
  sequences: Sequences | undefined,
  config: RunConfig,
): Shown | undefined {
  if (choice.set === 'typed') return typedSequence(choice.tokens.join(' '), config);
  const count = sequences?.lengths.length ?? 0;
  if (sequences === undefined || count === 0) return undefined;
  const { tokens, lengths, starts } = sequences;
  const at = Math.min(choice.index, count - 1);
  const own = Int32Array.from(tokens.subarray(at * config.max_seq_len, (at + 1) * config.max_seq_len));
  const length = lengths[at]!;
  // Simple repetition begins with a piece of a pattern; its first two whole periods are marked.
  const [first, second] = starts === null ? [0, length] : [starts[2 * at]!, starts[2 * at + 1]!];
  return { tokens: own, copies: { length, starts: [first, second], endless: starts === null } };
}

/** A typed sequence; its copies are the longest stretch that it repeats. @throws InputError as `parseSequence` */
export function typedSequence(text: string, config: RunConfig): Shown {
  const tokens = parseSequence(text, config);
  // Shorter ones leave no position that the rule determines.
  return { tokens, copies: longestRepeat(tokens, config.ignore_burning + 2) };
}
