import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseTable, rowsOf } from '../dist/library/table.js';
import { measureProcess, python } from './process.js';

const root = fileURLToPath(new URL('../', import.meta.url));

/** What the notebook's job writes, as the rows of the vectorised one: measure, of, step, relative position, rank, value. */
function* rowsOfNotebook(values) {
  for (const [t, steps] of Object.entries(values)) {
    for (const [step, found] of Object.entries(steps)) {
      const pair = '0.0>1.0';
      yield ['z_score', pair, step, t, null, found.z_score];
      yield ['mismatch_ratio', pair, step, t, null, found.mismatch_ratio];
      for (const [rank, value] of Object.entries(found.qk_ov_match))
        yield ['qk_ov_match', pair, step, t, rank, value];
      for (const [rank, value] of Object.entries(found.wte_ov_match))
        yield ['wte_ov_match', '0.0', step, null, rank, value];
    }
  }
}

/**
 * Compares every value that a job of numpy found of a run with ours; values that are not found differ by NaN.
 * @param {string} job name of a script in tools
 * @returns {Promise<{count: number, worst: number}>} how many were compared, and the largest difference
 * @throws Error where one differs by 1e-8 or more
 */
export async function compareValues(run, relPos, ranks, folder, job) {
  const file = join(folder, 'values.json');
  const out = join(folder, 'check');
  const words = [run, '--rel-pos', relPos, '--ranks', ranks];
  measureProcess(python, [join(root, `tools/${job}.py`), ...words, '--values', file]);
  measureProcess(process.execPath, [
    ...[join(root, 'dist/cli/main.js'), 'measure', ...words, '--out', out],
    ...['--no-figures', '--quiet', '--overwrite'],
  ]);
  const path = join(out, 'measures.parquet');
  const { table } = await parseTable(readFileSync(path), path);
  const ours = new Map();
  for (const { measure, of, step, rel_pos, rank, statistic, value } of rowsOf(table)) {
    if (statistic === null || statistic === 'mean') {
      ours.set([measure, of, step, rel_pos, rank].join(), value);
    }
  }
  const values = JSON.parse(readFileSync(file, 'utf8'));
  let worst = 0;
  let count = 0;
  for (const row of Array.isArray(values) ? values : rowsOfNotebook(Object.values(values)[0])) {
    const expected = row.pop();
    const difference = Math.abs((ours.get(row.join()) ?? Number.NaN) - expected);
    if (!(difference < 1e-8)) {
      throw new Error(
        `${row.join(' ')}: ${job} found ${expected}, we ${ours.get(row.join())}: nothing is worth timing`,
      );
    }
    worst = Math.max(worst, difference);
    count++;
  }
  return { count, worst };
}
