import { meanLoss, nextTokens, type Prediction } from '../behaviour/predict-tokens.js';
import type { TextTokens } from '../text/text-tokens.js';

const barWidth = 20;

/** A token longer than this is cut short. */
const longestToken = 24;

/**
 * What a model says of one sequence as lines of text: its tokens with the loss at each, and the likeliest next ones.
 * @param words how tokens are shown; ids where there are none
 */
export function predictionText(
  prediction: Prediction,
  words: Pick<TextTokens, 'show'> | undefined,
  top: number,
): string[] {
  const { tokens, losses, argmax } = prediction;
  const name = (id: number) => {
    if (words === undefined) return '';
    const text = JSON.stringify(words.show(id));
    return text.length > longestToken ? `${text.slice(0, longestToken - 1)}…` : text;
  };
  const next = nextTokens(prediction, top);
  const ids = [...tokens, ...argmax, ...next.map(({ id }) => id)];
  const widest = ids.reduce((most, id) => Math.max(most, name(id).length), words === undefined ? 0 : 5);
  const column = (id: number) =>
    `${words === undefined ? '' : `${name(id).padEnd(widest)} `}${String(id).padStart(7)}`;
  const heading = (title: string) => title.padEnd(words === undefined ? 7 : widest + 8);
  const mean = meanLoss(prediction);
  return [
    `position  ${heading(words === undefined ? '     id' : `token${'id'.padStart(widest + 3)}`)}    loss   the model’s guess`,
    ...[...tokens].map((id, t) => {
      const loss = t === 0 ? '–' : losses[t - 1]!.toFixed(3);
      const guess = t === 0 ? '' : `   ${column(argmax[t - 1]!)}`;
      return `${String(t).padStart(8)}  ${column(id)} ${loss.padStart(7)}${guess}`.trimEnd();
    }),
    mean === null ? 'likeliest next tokens:' : `mean loss ${mean.toFixed(4)}; likeliest next tokens:`,
    ...next.map(({ id, probability }) => {
      const bar = '█'.repeat(Math.round(probability * barWidth));
      return `          ${column(id)} ${(100 * probability).toFixed(1).padStart(5)} %  ${bar}`.trimEnd();
    }),
  ];
}
