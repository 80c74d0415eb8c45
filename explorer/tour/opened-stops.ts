import { type HeadGrid, headName, parsePair } from '../../src/model/heads.js';
import { headPatterns } from '../../src/step/head-patterns.js';
import type { SequenceReading } from '../../src/step/read-sequence.js';
import { formatStep, formatValue } from '../chart/format.js';
import type { RunSource } from '../source/run-source.js';
import type { View } from '../state/view.js';
import { percent } from '../step/numbers.js';
import { pinnedText } from '../step/pinned.js';
import { selectionOf } from '../step/selection.js';
import { checkedSequences, choiceText, shownSequence } from '../step/sequence-choice.js';
import { createStepClient } from '../step/step-client.js';
import type { Stop, Story } from './stop.js';

/** The sequence that both stops show. */
const toldSequence = choiceText({ set: 'ood', index: 0 });

/** A sequence as the model reads it before and after it has learned, and the heads that are looked at. */
interface Readings {
  readonly before: SequenceReading;
  readonly after: SequenceReading;
  readonly grid: HeadGrid;
  readonly writer: number;
  readonly reader: number;
}

/**
 * Two stops that open the model: a head's attention before and after, and one token followed through both heads. None
 * where a run has no two checkpoints at hand, or no later layer that reads.
 * @param half step at which OOD error crosses half, if it does
 */
export function openedStops(source: RunSource, half: number | undefined, view: View): readonly Stop[] {
  const { setting, config } = source;
  const ready = source.steps.value.flatMap(({ step, status }) => (status === 'ready' ? [step] : []));
  const after = ready.at(-1);
  const before = ready.findLast((step) => step <= (half ?? 0) / 2) ?? ready[0];
  const pair = selectionOf([source], view)?.pair;
  if (config === undefined || before === undefined || after === undefined || before === after) return [];
  const grid = { layers: config.num_layers, heads: config.num_heads };
  const heads = parsePair(grid, pair ?? '');
  if (heads === undefined) return [];
  const readings = readBoth(source, before, after).then((both) => ({ ...both, ...heads, grid }));
  const told = (tell: (readings: Readings) => Story): Promise<Story> =>
    readings.then(tell, (error: Error) => ({ text: `The checkpoints cannot be shown: ${error.message}.` }));
  return [
    {
      title: 'Inside: attention before and after',
      story: told((both) => beforeAndAfter(both, before, after)),
      subject: '#step .opened:not(.busy) .compare-attention',
      step: after,
      runs: [setting],
      sequence: toldSequence,
      pin: pinnedText({ setting, step: before }),
    },
    {
      title: 'One token, through both heads',
      story: told(traced),
      subject: '#step .opened:not(.busy) .tokens-said',
      step: after,
      runs: [setting],
      sequence: toldSequence,
    },
  ];
}

async function readBoth(source: RunSource, before: number, after: number) {
  const { config, setting } = source;
  const found = (await source.testSequences('ood')) ?? (await source.testSequences('test'));
  if (config === undefined || found === undefined) throw new Error(`${setting} has no test sequences`);
  const sequences = checkedSequences(found, config, setting);
  const shown = shownSequence({ set: 'ood', index: 0 }, sequences, config);
  if (shown === undefined) throw new Error(`the test set of ${setting} is empty`);
  const client = createStepClient();
  const read = (step: number) => client.ask({ source, step }, 'sequence', shown);
  return { before: await read(before), after: await read(after) };
}

function beforeAndAfter({ grid, reader, ...both }: Readings, before: number, after: number): Story {
  const [early, late] = [both.before, both.after].map((reading) => headPatterns(reading)[reader]!.induction);
  const sides = `A is step ${formatStep(before)}, B is step ${formatStep(after)}; both read the same sequence.`;
  if (early == null || late == null) return { text: `${sides} It has no second copy to look back from.` };
  const verdict =
    late < early + leastRise
      ? 'Little has changed: this head does not do it.'
      : late >= 0.5
        ? 'That stripe is an induction head: it goes back to the copy before, and reads on.'
        : 'It has begun to go back to the copy before, and still looks elsewhere as well.';
  return {
    text: `${sides} From the second copy of the pattern, head ${headName(grid, reader)} gives the token that followed last time ${percent(early)} of its attention in A, and ${percent(late)} in B. ${verdict}`,
  };
}

/** A smaller rise of a share of attention is none. */
const leastRise = 0.05;

/** Follows the token of the second copy whose way through both heads is the clearest. */
function traced({ grid, writer, reader, after: reading }: Readings): Story {
  const { tokens, attention, copies, predictions, verdicts } = reading;
  if (copies === null) return { text: 'This sequence has no second copy to follow a token from.' };
  const n = tokens.length;
  const weight = (head: number, query: number, key: number) => attention[(head * n + query) * n + key]!;
  const [first, second] = copies.starts;
  const ways = Array.from({ length: copies.length - 1 }, (_, place) => {
    const [before, follower, at] = [first + place, first + place + 1, second + place];
    const marks = weight(writer, follower, before);
    const finds = weight(reader, at, follower);
    const isRight = verdicts[at + 1] === 'right';
    return { before, follower, at, marks, finds, score: (isRight ? 1 : 0) + marks * finds };
  });
  const way = ways.reduce((best, one) => (one.score > best.score ? one : best), ways[0]!);
  const { before, follower, at, marks, finds } = way;
  const [writes, reads] = [headName(grid, writer), headName(grid, reader)];
  const isClear = marks >= 0.5 && finds >= 0.5;
  const said =
    predictions[at] === tokens[follower]
      ? `The model expects ${predictions[at]}, which is right.`
      : `The model expects ${predictions[at]} all the same, which is wrong.`;
  const text = [
    `Token ${tokens[at]} stands at position ${at}, and stood at ${before} before; ${tokens[follower]} came after it.`,
    `There, at position ${follower}, head ${writes} looks one back with weight ${formatValue(marks)}, and writes down that ${tokens[at]} came before.`,
    `Head ${reads}, at position ${at}, looks for that note, with weight ${formatValue(finds)} on position ${follower}.`,
    ...(isClear ? [] : ['These are small weights: the way is not clear in this model.']),
    `${said} Now type your own sequence, and see what becomes of it.`,
  ].join(' ');
  return {
    text,
    trace: [
      { label: `Head ${writes} at ${follower}`, token: { at: follower, head: writer } },
      { label: `Head ${reads} at ${at}`, token: { at, head: reader } },
    ],
  };
}
