import type { ReadonlySignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import type { RunConfig } from '../../src/run/config.js';
import type { SequenceReading } from '../../src/step/read-sequence.js';
import { formatValue } from '../chart/format.js';
import type { FollowedToken } from '../state/view.js';
import { AttentionMaps } from './AttentionMaps.js';
import { attentionFormula, lossFormula } from './formulas.js';
import { percent } from './numbers.js';
import { PlaceErrorsPlot } from './PlaceErrorsPlot.js';
import { Plot } from './Plot.js';
import { SequenceChooser } from './SequenceChooser.js';
import type { SequenceChoice } from './sequence-choice.js';
import { TokenStrip, verdictText } from './TokenStrip.js';
import type { SetErrors } from './use-opened.js';
import type { ChosenSequence } from './use-sequence.js';

/** A sequence as the model reads it: predictions, attention, losses; and errors by place over the test sets. */
export function SequencePanel(props: {
  readonly config: RunConfig;
  readonly sequence: ChosenSequence;
  readonly onChoice: (choice: SequenceChoice) => void;
  /** Undefined until there is one, or where it cannot be computed. */
  readonly reading: SequenceReading | undefined;
  readonly error: string | undefined;
  readonly places: readonly SetErrors[];
  /** Head looked at first, layer·heads + head. */
  readonly firstHead: number;
  /** What is pointed out while the pointer is elsewhere. */
  readonly followed: ReadonlySignal<FollowedToken | null>;
  /** Stands between the choice of the sequence and what the model does with it. */
  readonly children?: ComponentChildren;
}) {
  const { config, sequence, onChoice, reading, error, places, firstHead, children } = props;
  const { choice, shown, sets } = sequence;
  const hasSets = sets === undefined || sets.test !== undefined || sets.ood !== undefined;
  const counts = { test: sets?.test?.lengths.length ?? 0, ood: sets?.ood?.lengths.length ?? 0 };
  const [pointed, setPointed] = useState<number | null>(null);
  const [chosenHead, setHead] = useState<number | null>(null);
  const heads = config.num_layers * config.num_heads;
  const followed = pointed === null ? props.followed.value : null;
  const selected = pointed ?? followed?.at ?? null;
  const head = Math.min(followed?.head ?? chosenHead ?? firstHead, heads - 1);
  return (
    <>
      <SequenceChooser {...{ config, choice, onChoice, counts, hasSets, shown }} />
      {children}
      {error === undefined ? null : (
        <p class="warning" role="alert">
          {error}
        </p>
      )}
      {reading === undefined ? (
        <div class="skeleton" style={{ minHeight: '520px' }} />
      ) : (
        <Reading
          {...{ reading, config, places, head }}
          selected={selected !== null && selected < reading.tokens.length ? selected : null}
          onSelect={setPointed}
          onHead={setHead}
        />
      )}
    </>
  );
}

function Reading(props: {
  readonly reading: SequenceReading;
  readonly config: RunConfig;
  readonly places: readonly SetErrors[];
  readonly selected: number | null;
  readonly onSelect: (at: number | null) => void;
  readonly head: number;
  readonly onHead: (head: number) => void;
}) {
  const { reading, config, places, selected, onSelect, head, onHead } = props;
  const { tokens, losses, verdicts, copies } = reading;
  const n = tokens.length;
  const attention = reading.attention.subarray(head * n * n, (head + 1) * n * n);
  const asked = verdicts.filter((verdict) => verdict === 'right' || verdict === 'wrong').length;
  const right = verdicts.filter((verdict) => verdict === 'right').length;
  return (
    <>
      <div class="tokens-said">
        <TokenStrip {...{ reading, selected, onSelect, attention }} />
        <p class="said sequence-said" aria-live="polite">
          {selected === null ? (
            <Key asked={asked} right={right} hasCopies={copies !== null} />
          ) : (
            <Token reading={reading} at={selected} attention={attention} head={head} config={config} />
          )}
        </p>
      </div>
      <div class="reading">
        <div>
          <div class="intro">
            <h4>Attention of each head</h4>
            <div class="formula">{attentionFormula(config.pos === 'rotary', config.linear_attn)}</div>
          </div>
          <p class="note">
            Row i: where position i looks back to. An induction circuit is a stripe on the diagonal below in
            an early head, and a shifted stripe over the second copy in a later one.
          </p>
          <AttentionMaps {...{ reading, config, selected, onSelect, head, onHead }} />
        </div>
        <div class="reading-charts">
          <figure class="small-chart">
            <figcaption>
              <h4>Loss, token by token</h4>
              <div class="formula">{lossFormula}</div>
            </figcaption>
            <Plot
              title="loss token by token"
              x={Array.from(losses, (_, at) => at + 1)}
              xRange={[0, n - 1]}
              yRange={[0, Math.max(1, ...losses)]}
              series={[{ name: 'loss', colour: 'var(--measure)', y: losses }]}
              region={copies && [copies.starts[1] - 0.5, copies.starts[1] + copies.length - 0.5]}
              selected={selected}
              xLabel="position (shaded: the second copy)"
              summary={`Loss at each of ${n - 1} tokens: ${formatValue(mean(losses))} on average.`}
              describe={(at) => (
                <>
                  position {at + 1}, token {tokens[at + 1]}: <strong>{formatValue(losses[at])}</strong>
                </>
              )}
              rest={
                <>
                  mean <strong>{formatValue(mean(losses))}</strong>; guessing is{' '}
                  {formatValue(Math.log(config.vocab_size))}
                </>
              }
            />
          </figure>
          <figure class="small-chart">
            <figcaption>
              <h4>Errors by place</h4>
            </figcaption>
            {places.length === 0 ? (
              <p class="quiet">This run has no test sequences to average over.</p>
            ) : (
              <PlaceErrorsPlot sets={places} burning={config.ignore_burning} />
            )}
            <p class="note">
              Share of tokens predicted wrong, over up to 50 sequences of each test set. Shaded: the places
              that the error counts.
            </p>
          </figure>
        </div>
      </div>
    </>
  );
}

/** What the colours mean, while no token is selected. */
function Key({ asked, right, hasCopies }: { asked: number; right: number; hasCopies: boolean }) {
  if (!hasCopies) {
    return (
      <>Nothing is repeated here for long enough, so nothing determines a token. Point at one to follow it.</>
    );
  }
  return (
    <>
      <span class="key first-copy">the pattern</span>
      <span class="key second-copy">its second copy</span>
      <strong>
        {right} of {asked}
      </strong>{' '}
      tokens that the rule determines are predicted <span class="right">right ✓</span>; a{' '}
      <span class="wrong">number</span> is a wrong prediction. Point at a token to follow it.
    </>
  );
}

/** One token in words. */
function Token(props: {
  readonly reading: SequenceReading;
  readonly at: number;
  readonly attention: Float32Array;
  readonly head: number;
  readonly config: RunConfig;
}) {
  const { reading, at, attention, head, config } = props;
  const { tokens, losses, verdicts, likeliest, probabilities, alternatives } = reading;
  const n = tokens.length;
  const guesses = Array.from({ length: alternatives }, (_, place) => {
    const from = at * alternatives + place;
    return `${likeliest[from]} (${percent(probabilities[from]!)})`;
  });
  const row = attention.subarray(at * n, (at + 1) * n);
  const looked = Array.from(row, (weight, key) => ({ weight, key }))
    .filter(({ key }) => key <= at)
    .sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight))
    .slice(0, 2);
  const headText = `head ${Math.floor(head / config.num_heads)}.${head % config.num_heads}`;
  return (
    <>
      Position {at}, token <strong>{tokens[at]}</strong>: {verdictText(verdicts[at]!)}
      {at === 0 ? null : `, loss ${formatValue(losses[at - 1])}`}. From here {headText} looks at{' '}
      {looked.map(({ weight, key }) => `${key} (token ${tokens[key]}, ${formatValue(weight)})`).join(' and ')}
      , and the model expects {guesses.join(', ')}.
    </>
  );
}

function mean(values: ArrayLike<number>): number {
  let sum = 0;
  for (let at = 0; at < values.length; at++) sum += values[at]!;
  return sum / values.length;
}
