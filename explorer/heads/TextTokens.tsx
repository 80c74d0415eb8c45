import { useId } from 'preact/hooks';
import type { TextReading } from '../../src/behaviour/read-text.js';
import { shownToken } from '../../src/text/shown-token.js';
import { formatValue } from '../chart/format.js';
import { dark } from '../state/theme.js';
import { cssColour, isDarkColour } from './colour-scale.js';

/** Losses from none to that of a token that one in 2 980 would have been: beyond, all surprise alike. */
const lossScale = { palette: 'sequential', low: 0, high: 8 } as const;

/**
 * The tokens of a text, coloured by how much each surprised the model, with what it expected where that was another one. Pointing
 * at one shows, below all others, how much it attends to them.
 */
export function TextTokens(props: {
  readonly reading: TextReading;
  readonly selected: number | null;
  readonly onSelect: (at: number | null) => void;
  /** Of one head, T×T. */
  readonly attention: Float32Array;
}) {
  const { reading, selected, onSelect, attention } = props;
  const { tokens, losses, guesses } = reading;
  const id = useId();
  const isDark = dark.value;
  const n = tokens.length;
  const onKeyDown = (event: KeyboardEvent) => {
    const move = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (move === undefined || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    // The page's own arrow keys go from step to step.
    event.stopPropagation();
    onSelect(Math.max(0, Math.min(n - 1, (selected ?? (move > 0 ? -1 : n)) + move)));
  };
  return (
    <>
      <div
        class="text-tokens"
        role="listbox"
        aria-label="Tokens of the text"
        aria-activedescendant={selected === null ? undefined : `${id}-${selected}`}
        tabIndex={0}
        onKeyDown={onKeyDown}
        onPointerLeave={(event) => event.pointerType === 'mouse' && onSelect(null)}
        onBlur={() => onSelect(null)}
      >
        {tokens.map((token, at) => {
          const loss = at === 0 ? 0 : losses[at - 1]!;
          const guess = at === 0 ? undefined : guesses[at - 1]!;
          const isRight = guess?.id === token.id;
          const weight = selected === null ? 0 : Math.min(1, attention[selected * n + at] ?? 0);
          return (
            <div
              key={at}
              id={`${id}-${at}`}
              role="option"
              tabIndex={-1}
              aria-selected={at === selected}
              class={isRight ? 'text-token right' : 'text-token'}
              onPointerEnter={() => onSelect(at)}
              onPointerDown={() => onSelect(at)}
            >
              <span
                class={`value${isDarkColour(lossScale, loss, isDark) ? ' on-dark' : ''}`}
                style={at === 0 ? {} : { background: cssColour(lossScale, loss, isDark) }}
              >
                {shownToken(token.text)}
              </span>
              <span class="weight">
                <span style={{ width: `${100 * weight}%` }} />
              </span>
            </div>
          );
        })}
      </div>
      <p class="said text-said" aria-live="polite">
        {selected === null ? (
          <span class="quiet">
            Darker tokens surprised the model more; underlined ones it had expected. Point at one to follow
            it.
          </span>
        ) : (
          <Token reading={reading} at={selected} attention={attention} />
        )}
      </p>
    </>
  );
}

/** One token in words. */
function Token(props: {
  readonly reading: TextReading;
  readonly at: number;
  readonly attention: Float32Array;
}) {
  const { reading, at, attention } = props;
  const { tokens, losses, guesses } = reading;
  const n = tokens.length;
  const named = (place: number) => shownToken(tokens[place]!.text);
  const looked = Array.from(attention.subarray(at * n, at * n + at + 1), (weight, key) => ({ weight, key }))
    .sort((a, b) => b.weight - a.weight)
    .slice(0, 2);
  return (
    <>
      <strong>{named(at)}</strong>
      {at === 0
        ? ' is the first'
        : `, loss ${formatValue(losses[at - 1]!)}, where the model expected ${shownToken(guesses[at - 1]!.text)}`}
      . From here the head looks at{' '}
      {looked.map(({ weight, key }) => `${named(key)} (${key}: ${formatValue(weight)})`).join(' and ')}; next
      the model expects {shownToken(guesses[at]!.text)}.
    </>
  );
}
