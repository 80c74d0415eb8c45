/**
 * Runs benchmarks one after the other; each writes its section below bench/results.
 *
 *     npm run bench                           all of them: half an hour on two idle cores
 *     npm run bench -- measure --run FOLDER   one of them, with its own options
 */
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const folder = fileURLToPath(new URL('.', import.meta.url));
/** Modules that benchmarks share, and this one. */
const shared = ['browser-pass', 'measured-values', 'peak', 'process', 'report', 'run', 'svd'];
const parts = readdirSync(folder)
  .filter((name) => name.endsWith('.js'))
  .map((name) => name.slice(0, -'.js'.length))
  .filter((name) => !shared.includes(name));
const [asked, ...options] = process.argv.slice(2);
if (asked !== undefined && !parts.includes(asked)) {
  process.stderr.write(`no benchmark ${JSON.stringify(asked)}; there are ${parts.join(', ')}\n`);
  process.exit(2);
}
let failed = false;
for (const part of asked === undefined ? parts : [asked]) {
  process.stderr.write(`— ${part}\n`);
  const { status } = spawnSync(process.execPath, [`${folder}${part}.js`, ...options], { stdio: 'inherit' });
  failed ||= status !== 0;
}
process.exitCode = failed ? 1 : 0;
