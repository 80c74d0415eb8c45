import type { HeadGrid } from '../model/heads.js';
import { editColumns } from './edit-columns.js';
import { type EditResult, summaryOf } from './summary.js';

/** What an edit did, for programs: what was done as in the table, its numbers, and its control's. */
export function resultJson(result: EditResult, grid: HeadGrid): Record<string, unknown> {
  const { setting, step, edit, judgement, control } = result;
  const done = Object.entries(editColumns(edit, grid)).filter(([, value]) => value !== null);
  const summaries = Object.keys(judgement).map((name) => [name, summaryOf(result, name)] as const);
  return {
    setting,
    step,
    ...Object.fromEntries(done),
    ...judgement,
    ...(control !== null && {
      control: {
        kind: control.kind,
        ...Object.fromEntries(summaries.filter(([, summary]) => summary !== undefined)),
      },
    }),
  };
}
