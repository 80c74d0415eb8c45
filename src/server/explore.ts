import type { ArchitectureOptions } from '../run/infer-config.js';
import work from '../series/worker.js';
import { openWorkers } from '../series/workers.js';
import { createApp } from './app.js';
import { FollowedRun, type Perform } from './followed-run.js';
import { openInputs } from './inputs.js';
import { loadPageFiles } from './page-files.js';
import { listen } from './serve.js';
import type { ServedRun } from './served-run.js';

export interface ExploreOptions {
  /** Undefined for the usual ones that fit each model. */
  readonly ranks?: readonly number[] | undefined;
  readonly relPos?: readonly number[] | undefined;
  readonly architecture?: ArchitectureOptions;
  readonly host: string;
  /** 0 for any that is free. */
  readonly port: number;
  readonly jobs: number;
  readonly version: string;
  /** How often folders are looked at. */
  readonly pollMilliseconds?: number;
}

/** Milliseconds that measuring waits: the browser that opens the page has the cores until its first panel is there. */
const headStart = 800;

/** An explorer that serves and follows its runs until it is closed. */
export interface Exploring {
  readonly url: string;
  readonly port: number;
  readonly runs: readonly ServedRun[];
  close(): Promise<void>;
}

/**
 * Serves the explorer for run folders and tables. It answers at once; folders are measured in worker threads meanwhile
 * and followed from then on.
 * @param inputs paths of run folders, `NAME=PATH`, or tables
 * @throws InputError when an input is none of these or the server cannot listen
 * @throws UsageError when two runs have one name, or ranks or relative positions do not fit a run
 */
export async function explore(inputs: readonly string[], options: ExploreOptions): Promise<Exploring> {
  const { host, port, jobs, version, ranks, relPos, architecture = {}, pollMilliseconds = 1000 } = options;
  const page = loadPageFiles();
  const listeners = new Set<(run: ServedRun) => void>();
  const workers = openWorkers(jobs, new URL('../series/worker.js', import.meta.url), work);
  const perform = ((task: Parameters<typeof work>[0]) => workers.perform(task)) as Perform;
  let start = () => {};
  const mayMeasure = new Promise<void>((resolve) => {
    start = resolve;
  });
  const follow = { ranks, relPos, architecture, version, perform, mayMeasure };
  const onChange = (run: ServedRun) => {
    for (const listener of listeners) listener(run);
  };
  try {
    const { runs } = await openInputs(inputs, { ...follow, onChange }, version);
    const followed = runs.filter((run) => run instanceof FollowedRun);
    const app = createApp({
      runs,
      page,
      host,
      version,
      onChange: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    });
    const server = await listen(app, host, port);
    const stopFollowing = followRuns(followed, pollMilliseconds);
    const headStartTimer = setTimeout(start, headStart);
    return {
      url: server.url,
      port: server.port,
      runs,
      close: async () => {
        clearTimeout(headStartTimer);
        stopFollowing();
        await server.close();
        await workers.close();
      },
    };
  } catch (error) {
    await workers.close();
    throw error;
  }
}

/** Updates each run again and again, each at its own pace. */
function followRuns(runs: readonly FollowedRun[], pause: number): () => void {
  let stopped = false;
  const timers = new Set<NodeJS.Timeout>();
  const round = (run: FollowedRun) => {
    run
      .update(Date.now())
      // A folder that vanishes may come back; what was read of it stays.
      .catch(() => {})
      .finally(() => {
        if (stopped) return;
        const timer = setTimeout(() => {
          timers.delete(timer);
          round(run);
        }, pause);
        timers.add(timer);
      });
  };
  for (const run of runs) round(run);
  return () => {
    stopped = true;
    for (const timer of timers) clearTimeout(timer);
  };
}
