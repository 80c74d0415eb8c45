import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { bridgescope, smallRun } from '../cli/run.js';

const scratch = mkdtempSync(join(tmpdir(), 'bridgescope-report-interventions-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

it('shows the figures of a table of interventions below the page, with names as text', async () => {
  const edits = [
    ...['--transplant', '1000,2000', '--steps', '1000,2000', '--remove', 'each', '--draws', '0'],
    ...['--out', scratch, '--no-figures', '--quiet'],
  ];
  const made = await bridgescope('intervene', `a<b>&=${smallRun}`, ...edits);
  expect({ status: made.status, stderr: made.stderr }).toEqual({ status: 0, stderr: '' });
  const table = join(scratch, 'interventions.parquet');
  const page = join(scratch, 'page.html');
  const options = ['--embed-steps', 'none', '--ranks', '5', '--rel-pos', '0', '--quiet'];
  const { status, stderr } = await bridgescope('report', smallRun, table, '--out', page, ...options);
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  const html = readFileSync(page, 'utf8');
  const [part] = /<section class="interventions".*?<\/section>/s.exec(html)!;
  const titles = [...part.matchAll(/<svg .*?<title>(.*?)<\/title>/gs)].map(([, title]) => title);
  expect(titles).toEqual([
    'a&#60;b&#62;&#38;: removed heads',
    'a&#60;b&#62;&#38;: OOD copy error with layer 0 of other steps',
  ]);
  expect(part).not.toContain('a<b>');

  const alone = await bridgescope('report', table, '--out', page);
  expect(alone.status).toBe(2);
  expect(alone.stderr).toMatch(/interventions\.parquet: give the runs, or the table of their measures, too/);
});
