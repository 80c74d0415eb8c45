import '../step/step.css';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { TextReading } from '../../src/behaviour/read-text.js';
import { shownToken } from '../../src/text/shown-token.js';
import { formatValue } from '../chart/format.js';
import type { RunSource } from '../source/run-source.js';
import { percent } from '../step/numbers.js';
import { useLatest } from '../step/use-latest.js';
import { useSeen } from '../step/use-seen.js';
import type { HeadsView } from './heads-view.js';
import { TextAttention } from './TextAttention.js';
import { TextTokens } from './TextTokens.js';

/** Something with a repetition, which an induction head finds. */
const example = 'The cat sat on the mat. The cat sat on the';
/** Milliseconds without a key after which a text is read: each reading is a pass through the model. */
const pause = 500;

/** A text that the reader types, as the model reads it: how each token surprises it, where heads look, what it expects next. */
export function TextPart(props: {
  readonly source: RunSource;
  readonly own: HeadsView;
  /** The step that is read, of a series. */
  readonly step: number | null;
  /** Head whose attention is large until another is chosen, as layer·heads + head. */
  readonly firstHead: number;
}) {
  const { source, own, step, firstHead } = props;
  const { texts } = source;
  const typed = useSettled(own.text.value);
  // A report knows some texts: one of them is always shown.
  const text = texts === undefined || texts.includes(typed) ? typed : texts[0]!;
  const box = useRef<HTMLDivElement>(null);
  const isSeen = useSeen(box);
  const latest = useLatest<TextReading | undefined>([source, text, step], isSeen, async () =>
    text === '' ? undefined : source.readText!(text, step),
  );
  const { value: reading, error } = latest;
  const isBusy = (texts === undefined && text !== own.text.value) || (latest.busy && text !== '');
  return (
    <div class="step text-part" ref={box}>
      <h3>What it does with a text</h3>
      {texts === undefined ? (
        <TextBox own={own} />
      ) : (
        <TextChoice
          texts={texts}
          chosen={text}
          onChoose={(next) => {
            own.text.value = next;
          }}
        />
      )}
      <p class="quiet text-status" role="status">
        {isBusy ? 'the model reads …' : reading?.kind === 'bytes' ? 'its tokens are bytes' : ''}
      </p>
      {error === undefined || text === '' ? null : (
        <p class="warning" role="alert">
          {error}
        </p>
      )}
      {reading === undefined || text === '' || error !== undefined ? null : (
        <Reading reading={reading} firstHead={firstHead} isBusy={isBusy} />
      )}
    </div>
  );
}

function Reading(props: {
  readonly reading: TextReading;
  readonly firstHead: number;
  readonly isBusy: boolean;
}) {
  const { reading, firstHead, isBusy } = props;
  const [selected, setSelected] = useState<number | null>(null);
  const [chosen, setChosen] = useState<number | null>(null);
  // Another pair is looked at: its reader is what is shown first.
  useEffect(() => setChosen(null), [firstHead]);
  const n = reading.tokens.length;
  const head = Math.min(chosen ?? firstHead, reading.layers * reading.heads - 1);
  const at = selected !== null && selected < n ? selected : null;
  return (
    <div class={isBusy ? 'text-reading busy' : 'text-reading'}>
      <TextTokens
        reading={reading}
        selected={at}
        onSelect={setSelected}
        attention={reading.attention.subarray(head * n * n, (head + 1) * n * n)}
      />
      <div class="text-columns">
        <TextAttention
          reading={reading}
          head={head}
          onHead={setChosen}
          selected={at}
          onSelect={setSelected}
        />
        <figure class="text-next">
          <figcaption>
            <h4>What it expects next</h4>
          </figcaption>
          <table>
            <tbody>
              {reading.next.map(({ id, text, probability }) => (
                <tr key={id}>
                  <th scope="row">
                    <code>{shownToken(text)}</code>
                  </th>
                  <td>
                    <span class="share" style={{ width: `${100 * probability}%` }} />
                  </td>
                  <td>{percent(probability)}</td>
                </tr>
              ))}
            </tbody>
          </table>
          {reading.meanLoss === null ? null : (
            <p class="note">
              Mean loss of the text: <strong>{formatValue(reading.meanLoss)}</strong> nats a token.
            </p>
          )}
        </figure>
      </div>
    </div>
  );
}

function TextBox({ own }: { readonly own: HeadsView }) {
  return (
    <>
      <label class="text-box">
        <span class="visually-hidden">text for the model</span>
        <textarea
          rows={2}
          value={own.text.value}
          placeholder="Type a text: the model reads it."
          onInput={(event) => {
            own.text.value = event.currentTarget.value;
          }}
        />
      </label>
      {own.text.value === '' ? (
        <p>
          <button
            type="button"
            class="plain"
            onClick={() => {
              own.text.value = example;
            }}
          >
            Take “{example}”
          </button>
        </p>
      ) : null}
    </>
  );
}

/** The texts of a report. */
function TextChoice(props: {
  readonly texts: readonly string[];
  readonly chosen: string;
  readonly onChoose: (text: string) => void;
}) {
  const { texts, chosen, onChoose } = props;
  if (texts.length === 1) return <p>“{chosen}”</p>;
  return (
    <label>
      <span class="visually-hidden">text that the model has read</span>
      <select value={chosen} onChange={({ currentTarget }) => onChoose(currentTarget.value)}>
        {texts.map((text) => (
          <option key={text} value={text}>
            {text}
          </option>
        ))}
      </select>
    </label>
  );
}

/** A text once its reader has stopped typing. */
function useSettled(text: string): string {
  const [settled, setSettled] = useState(text);
  useEffect(() => {
    if (text === settled) return;
    const timer = setTimeout(() => setSettled(text), pause);
    return () => clearTimeout(timer);
  }, [text, settled]);
  return settled;
}
