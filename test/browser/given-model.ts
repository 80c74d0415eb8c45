import type { Table } from '../../src/series/table.js';
import { createApp } from '../../src/server/app.js';
import { loadPageFiles } from '../../src/server/page-files.js';
import { listen } from '../../src/server/serve.js';
import type { RunSummary, ServedRun } from '../../src/server/served-run.js';
import { tableMetadata } from '../../src/tables/meta.js';
import { writeParquet } from '../../src/tables/parquet.js';

/** A model behind a server as far as a test says that it has been measured. */
export interface GivenModel {
  readonly url: string;
  /** Tells open pages what has become of it. */
  change(progress: Partial<RunSummary['progress']>, table?: Table): void;
  close(): Promise<void>;
}

/** Serves a model that is being measured, without measuring anything: what the page shows can be told beforehand. */
export async function serveGivenModel(
  name: string,
  first: Table,
  more: Partial<ServedRun> = {},
): Promise<GivenModel> {
  let table = first;
  let version = 1;
  let progress: RunSummary['progress'] = {
    ...{ phase: 'measuring', measured: 0, checkpoints: 1, lastStep: 0, endStep: undefined, share: 0 },
  };
  const listeners = new Set<(run: ServedRun) => void>();
  const run: ServedRun = {
    name,
    summary: () => ({
      ...{ name, config: null, steps: [], progress },
      provenance: { version: 'test', config: {}, checkpoints: {}, notes: [] },
      versions: { errors: 1, measures: version },
      takesText: true,
    }),
    table: () => writeParquet(table, tableMetadata('test', {})),
    checkpoint: () => {
      throw new Error('no checkpoints');
    },
    sequences: () => undefined,
    ...more,
  };
  const app = createApp({
    runs: { all: () => [run], find: (asked) => (asked === name ? run : undefined) },
    ...{ page: loadPageFiles(), host: '127.0.0.1', version: 'test' },
    onChange: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  });
  const server = await listen(app, '127.0.0.1', 0);
  return {
    url: server.url,
    change: (next, measured) => {
      progress = { ...progress, ...next };
      if (measured !== undefined) {
        table = measured;
        version++;
      }
      for (const listener of listeners) listener(run);
    },
    close: () => server.close(),
  };
}
