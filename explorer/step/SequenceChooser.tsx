import { useEffect, useId, useRef, useState } from 'preact/hooks';
import type { RunConfig } from '../../src/run/config.js';
import { Stepper } from '../parts/Stepper.js';
import { type SequenceChoice, type Shown, typedSequence } from './sequence-choice.js';

/** Chooses a sequence of a test set, or takes one that a reader types. */
export function SequenceChooser(props: {
  readonly config: RunConfig;
  readonly choice: SequenceChoice;
  readonly onChoice: (choice: SequenceChoice) => void;
  /** How many sequences each set has to choose from. */
  readonly counts: { readonly test: number; readonly ood: number };
  /** Also while sets are on their way. */
  readonly hasSets: boolean;
  readonly shown: Shown | undefined;
}) {
  const { config, choice, onChoice, counts, hasSets, shown } = props;
  const id = useId();
  const [draft, setDraft] = useState<string | null>(null);
  const [error, setError] = useState<string | null>(null);
  const field = useRef<HTMLTextAreaElement>(null);
  const text = draft ?? shown?.tokens.join(' ') ?? '';
  const lastOfSet = useRef<SequenceChoice>({ set: 'ood', index: 0 });
  if (choice.set !== 'typed') lastOfSet.current = choice;
  // A sequence chosen elsewhere replaces what was half typed.
  useEffect(() => {
    if (choice.set === 'typed' && document.activeElement === field.current) return;
    setDraft(null);
    setError(null);
  }, [choice]);

  const type = (typed: string) => {
    setDraft(typed);
    try {
      const { tokens } = typedSequence(typed, config);
      setError(null);
      onChoice({ set: 'typed', tokens: [...tokens] });
    } catch (problem) {
      setError((problem as Error).message);
    }
  };
  const choose = (next: SequenceChoice) => {
    setDraft(null);
    setError(null);
    onChoice(next);
  };
  const set = choice.set === 'typed' ? undefined : choice.set;
  const count = set === undefined ? 0 : counts[set];
  const index = choice.set === 'typed' ? 0 : Math.min(choice.index, Math.max(0, count - 1));
  return (
    <div class="chooser">
      <fieldset class="controls" aria-label="Sequence">
        <label>
          <span>sequence</span>
          <select
            value={choice.set}
            onChange={({ currentTarget: { value } }) => {
              if (value === 'test' || value === 'ood') choose({ set: value, index: 0 });
              else type(text);
            }}
          >
            <option value="test" disabled={counts.test === 0}>
              ID test set
            </option>
            <option value="ood" disabled={counts.ood === 0}>
              OOD test set
            </option>
            <option value="typed">typed</option>
          </select>
        </label>
        {set === undefined || count === 0 ? null : (
          <Stepper
            label="number"
            name="sequence of the set"
            value={index + 1}
            choices={Array.from({ length: count }, (_, at) => at + 1)}
            onChange={(number) => choose({ set, index: number - 1 })}
          />
        )}
        {choice.set === 'typed' && counts.test + counts.ood > 0 ? (
          <button type="button" class="plain" onClick={() => choose(lastOfSet.current)}>
            back to the test set
          </button>
        ) : null}
        {hasSets ? null : <span class="quiet">this run has no test sets: type a sequence</span>}
      </fieldset>
      <label class="typed" for={id}>
        <span>
          edit it: whole numbers from 0 to {config.vocab_size - 1}, at most {config.max_seq_len}
        </span>
        <textarea
          id={id}
          ref={field}
          rows={2}
          spellcheck={false}
          autocomplete="off"
          value={text}
          aria-invalid={error !== null}
          aria-describedby={`${id}-error`}
          onInput={({ currentTarget }) => type(currentTarget.value)}
          onKeyDown={(event) => event.stopPropagation()}
        />
      </label>
      <p id={`${id}-error`} class="typed-error" role="status">
        {error === null ? '' : `${error}. The last sequence that could be read is shown.`}
      </p>
    </div>
  );
}
