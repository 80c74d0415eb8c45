import { copyingLost } from '../evaluate/copying.js';
import type { HeadGrid } from '../model/heads.js';
import { describeControl, describeEdit } from './describe-edit.js';
import { type EditResult, summaryOf } from './summary.js';

/** The errors that results are stated in: the first that there is: out of distribution, in it, or on repeated tokens. */
const errorNames = ['copy_err_ood', 'copy_err_test', 'err'] as const;

/** The most lines that a terminal is given; the table has the rest. */
const most = 60;

/** What edits did at the last step of a model, as lines of a table; transplants are left to the table and the figure. */
export function linesOfResults(results: readonly EditResult[], grid: HeadGrid): string[] {
  const lastStep = results.reduce<number | null>(
    (last, { step }) => (step !== null && (last === null || step > last) ? step : last),
    null,
  );
  const own = results.filter(({ step, edit }) => step === lastStep && edit.kind !== 'transplant');
  const base = own.find(({ edit }) => edit.kind === 'none');
  const name = errorNames.find((error) => base?.judgement[error] !== undefined);
  if (base === undefined || name === undefined) return [];
  const before = base.judgement[name]!;
  const title = [base.setting, ...(lastStep === null ? [] : [`step ${lastStep}`]), name].join(' · ');
  const shown = own.slice(0, most);
  const words = shown.map(({ edit }) => describeEdit(edit, grid));
  const width = words.reduce((widest, text) => Math.max(widest, text.length), 0);
  const lines = shown.map((result, at) => {
    const error = result.judgement[name]!;
    const control = summaryOf(result, name);
    const lost = result === base ? '' : copyingLost(error, before).toFixed(3);
    const random =
      control === undefined || result.control === null
        ? ''
        : `${control.mean.toFixed(4)} [${control.q05.toFixed(3)}, ${control.q95.toFixed(3)}] ${describeControl(result.control.kind)}`;
    return `${words[at]!.padEnd(width)}  ${error.toFixed(4)}  ${lost.padStart(6)}  ${random}`.trimEnd();
  });
  const header = `${title.padEnd(width)}   error    lost  control`;
  const left = own.length - shown.length;
  return [header, ...lines, ...(left > 0 ? [`… and ${left} more in the table`] : [])];
}
