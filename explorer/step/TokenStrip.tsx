import { useId } from 'preact/hooks';
import type { SequenceReading, SequenceVerdict } from '../../src/step/read-sequence.js';

const said: Readonly<Record<SequenceVerdict, string>> = {
  first: 'nothing comes before it',
  right: 'predicted right',
  wrong: 'predicted wrong',
  'free right': 'predicted right, by chance or habit: nothing determines it',
  'free wrong': 'not predicted: nothing determines it',
};

const marks: Readonly<Record<SequenceVerdict, string>> = {
  first: '',
  right: '✓',
  wrong: '✗',
  'free right': '·',
  'free wrong': '·',
};

/** A verdict in words. */
export function verdictText(verdict: SequenceVerdict): string {
  return said[verdict];
}

/**
 * The tokens of a sequence with what the model predicted for each; pointing at one selects it. Below each is how much
 * the selected one attends to it.
 */
export function TokenStrip(props: {
  readonly reading: SequenceReading;
  readonly selected: number | null;
  readonly onSelect: (at: number | null) => void;
  /** Attention of one head, n×n. */
  readonly attention: Float32Array;
}) {
  const { reading, selected, onSelect, attention } = props;
  const { tokens, predictions, verdicts, copies } = reading;
  const id = useId();
  const n = tokens.length;
  const copyOf = (at: number) => {
    if (copies === null) return '';
    const [first, second] = copies.starts;
    if (at >= second && at < second + copies.length) return ' second-copy';
    return at >= first && at < first + copies.length ? ' first-copy' : '';
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const move = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (move === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    event.stopPropagation();
    onSelect(
      Math.max(0, Math.min(n - 1, (selected ?? (move > 0 ? -1 : n)) + move * (event.shiftKey ? 10 : 1))),
    );
  };
  return (
    <div
      class="tokens"
      role="listbox"
      aria-label="Tokens of the sequence, with what the model predicted for each"
      aria-activedescendant={selected === null ? undefined : `${id}-${selected}`}
      tabIndex={0}
      onKeyDown={onKeyDown}
      onPointerLeave={(event) => event.pointerType === 'mouse' && onSelect(null)}
      onBlur={() => onSelect(null)}
    >
      {Array.from(tokens, (token, at) => {
        const verdict = verdicts[at]!;
        const isWrong = verdict === 'wrong';
        const weight = selected === null ? 0 : Math.min(1, Math.abs(attention[selected * n + at] ?? 0));
        return (
          <div
            key={at}
            id={`${id}-${at}`}
            role="option"
            tabIndex={-1}
            aria-selected={at === selected}
            class={`token ${verdict.replace(' ', '-')}${copyOf(at)}`}
            onPointerEnter={() => onSelect(at)}
            onPointerDown={() => onSelect(at)}
          >
            <span class="value">{token}</span>
            <span class="visually-hidden">, </span>
            <span class="verdict" aria-hidden={!isWrong}>
              {isWrong ? predictions[at - 1] : marks[verdict]}
            </span>
            <span class="visually-hidden">{isWrong ? ' was predicted, which is wrong' : said[verdict]}</span>
            <span class="weight" style={{ height: `${100 * weight}%` }} />
          </div>
        );
      })}
    </div>
  );
}
