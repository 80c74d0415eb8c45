import type { Command } from 'commander';
import { withPackages } from '../files/optional-packages.js';
import type { ServedRun } from '../server/served-run.js';
import { type ArchitectureFlags, addArchitectureOptions, architectureOf } from './architecture.js';
import { say, tell, watchInterrupts } from './exit.js';
import { addHubOptions, fromHub, type HubFlags } from './from-hub.js';
import { integer, integerList, jobsOf } from './options.js';
import { version } from './version.js';

interface Flags extends ArchitectureFlags, HubFlags {
  port?: string;
  host: string;
  open: boolean;
  ranks?: string;
  relPos?: string;
  step?: string;
  jobs?: string;
  quiet?: true;
}

/** The default port; when it is taken, the next free one. */
const usualPort = 7474;

/** Adds `explore`: runs as a web page that follows them. */
export function exploreCommand(program: Command): void {
  const command = program
    .command('explore')
    .description(
      'Serves a web page on which runs are read like an interactive article: every measure on one time axis, any checkpoint opened. Folders are measured as the page is read, and followed while they are being trained.',
    )
    .argument(
      '[RUN-or-TABLE...]',
      'folders of checkpoints (NAME=PATH names one) or of such folders, of a model or a series of them, of a sweep, or .parquet, .csv, .json tables; none for the lab alone',
    )
    .option('--port <N>', `port to listen on (default: ${usualPort}, or a free one where it is taken)`)
    .option(
      '--host <ADDRESS>',
      'address to listen on; any other than this lets other machines read the runs',
      '127.0.0.1',
    )
    .option('--no-open', 'do not open a browser')
    .option('--ranks <LIST>', 'ranks r of the subspaces (default: 5,10,15,20, up to the width of a head)')
    .option(
      '--rel-pos <LIST>',
      'relative positions t of R(t) (default: -35:0:5, keys in the past; 0 where positions are not rotary)',
    )
    .option('--step <N>', 'open the page at this checkpoint')
    .option('--jobs <N>', 'worker threads (default: the available cores)')
    .option('--quiet', 'print the address alone');
  addHubOptions(addArchitectureOptions(command))
    .addHelpText(
      'after',
      `
Examples:
  $ bridgescope explore examples/small_run examples/small_pool
  $ bridgescope explore                              no run yet? train two models in the page
  $ bridgescope explore runs                         all runs of a folder, one colour each
  $ bridgescope explore runs/new --no-open           follow a run that is being trained, or is about to be
  $ bridgescope explore hf:openai-community/gpt2     a model of the Hub, as it is
  $ bridgescope explore models/gpt2                  every pair of heads of a model, and what its heads do
  $ bridgescope explore sweeps/pool                  its finished runs, and those that are being trained
  $ bridgescope explore bridgescope-out/measures.parquet
  $ bridgescope explore runs/new --rel-pos=-20:20:5  both signs: a key in the past has a negative t

Ctrl-C ends it.`,
    )
    .action(run);
}

async function run(sources: string[], flags: Flags): Promise<void> {
  const interrupts = watchInterrupts();
  const { runsToLookAt } = await import('../sweep/runs-to-look-at.js');
  const [{ explore }, { PortTakenError }] = await withPackages('explore', ['hono', '@hono/node-server'], () =>
    Promise.all([import('../server/explore.js'), import('../server/serve.js')]),
  );
  const given = await fromHub(sources, {
    needed: 'vocabulary',
    texts: true,
    quiet: flags.quiet === true,
    signal: interrupts.signal,
    cache: flags.cache,
  });
  const options = {
    host: flags.host,
    ranks: flags.ranks === undefined ? undefined : integerList(flags.ranks, '--ranks'),
    relPos: flags.relPos === undefined ? undefined : integerList(flags.relPos, '--rel-pos'),
    architecture: architectureOf(flags),
    // At least one thread beside this one, which answers requests.
    jobs: Math.max(2, jobsOf(flags.jobs)),
    version,
    standFor: runsToLookAt,
  };
  const step = flags.step === undefined ? undefined : integer(flags.step, '--step', 0);
  const port = flags.port === undefined ? undefined : integer(flags.port, '--port', 0, 65_535);
  const exploring =
    port === undefined
      ? await explore(given, { ...options, port: usualPort }).catch((error: Error) => {
          if (!(error instanceof PortTakenError)) throw error;
          return explore(given, { ...options, port: 0 });
        })
      : await explore(given, { ...options, port });
  const place = given.length === 0 ? 'lab.html' : step === undefined ? '' : `#step=${step}`;
  const url = `${exploring.url}${place}`;
  tell(url);
  if (flags.quiet !== true) {
    const what = given.length === 0 ? 'the lab' : exploring.runs.map(({ name }) => name).join(', ');
    say(`serving ${what}; Ctrl-C ends it`);
    for (const run of exploring.runs) noteWaiting(run);
  }
  if (flags.open) {
    const { openBrowser } = await import('./open-browser.js');
    openBrowser(url);
  }
  if (!interrupts.signal.aborted) {
    await new Promise((resolve) => interrupts.signal.addEventListener('abort', resolve, { once: true }));
  }
  await exploring.close();
  process.exitCode = interrupts.status();
}

/** A folder without a run yet may be about to have one, or misspelled. */
function noteWaiting(run: ServedRun): void {
  const { progress, provenance } = run.summary();
  if (progress.phase === 'waiting') say(`note: waiting for ${run.name}: ${provenance.notes.join('; ')}`);
}
