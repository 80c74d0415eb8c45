import type { ArchitectureOptions } from '../run/infer-config.js';
import { openSeriesWorkers } from '../series/series-workers.js';
import { createApp } from './app.js';
import { openServedRuns } from './open-runs.js';
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
  /** What the inputs stand for at the moment it is asked: a sweep's folder holds more runs later. The inputs themselves unless given. */
  readonly standFor?: (inputs: readonly string[]) => readonly string[];
}

/** Milliseconds that measuring waits: the browser that opens the page has the cores until its first panel is there. */
const headStart = 800;

/** An explorer that serves and follows its runs until it is closed. */
export interface Exploring {
  readonly url: string;
  readonly port: number;
  /** Those that it serves now. */
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
  const { standFor = (given) => given } = options;
  const page = loadPageFiles();
  const listeners = new Set<(run: ServedRun) => void>();
  const workers = openSeriesWorkers(jobs);
  const { perform } = workers;
  let start = () => {};
  const mayMeasure = new Promise<void>((resolve) => {
    start = resolve;
  });
  try {
    // Runs are followed once the server listens.
    const toFollow = new Set<() => void>();
    let isListening = false;
    const runs = await openServedRuns({
      follow: { ranks, relPos, architecture, version, perform, mayMeasure },
      models: { ranks, version, jobs },
      inputs: () => standFor(inputs),
      onChange: (run) => {
        for (const listener of listeners) listener(run);
      },
      followRun: (run) => {
        const follower = repeat(() => run.update(Date.now()), pollMilliseconds);
        if (isListening) follower.start();
        else toFollow.add(follower.start);
        return follower.stop;
      },
    });
    const app = createApp({
      runs,
      page,
      isLabAlone: inputs.length === 0,
      host,
      version,
      onChange: (listener) => {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    });
    const server = await listen(app, host, port);
    isListening = true;
    for (const startFollowing of toFollow) startFollowing();
    const looking = repeat(() => runs.look(), pollMilliseconds);
    looking.start();
    const headStartTimer = setTimeout(start, headStart);
    return {
      url: server.url,
      port: server.port,
      get runs() {
        return runs.all();
      },
      close: async () => {
        clearTimeout(headStartTimer);
        looking.stop();
        await runs.close();
        await server.close();
        await workers.close();
      },
    };
  } catch (error) {
    await workers.close();
    throw error;
  }
}

/** Does something again and again, with a pause after each time. */
function repeat(action: () => Promise<void>, pause: number): { start: () => void; stop: () => void } {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const round = () => {
    action()
      // A folder that vanishes may come back; what was read of it stays.
      .catch(() => {})
      .finally(() => {
        if (!stopped) timer = setTimeout(round, pause);
      });
  };
  return {
    start: round,
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
