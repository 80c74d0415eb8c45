import { computed, signal } from '@preact/signals';
import type { TextReading } from '../../src/behaviour/read-text.js';
import { blocksOf } from '../../src/series/blocks.js';
import { type Curves, curvesOf } from '../../src/series/curves.js';
import type { Table } from '../../src/series/table.js';
import { parseParquet } from '../../src/tables/parquet-read.js';
import { headsModel } from '../heads/heads-model.js';
import { noCurves } from '../source/join-curves.js';
import type { Provenance, RunProgress, RunSource } from '../source/run-source.js';
import ModelWorker from './model.worker.ts?worker';
import type { ModelFiles } from './model-files.js';
import type { ModelEvent, ModelOrder } from './model-messages.js';

/** A model from the reader's disk, measured and run by a worker of this page. */
export interface OpenedFiles {
  readonly source: RunSource;
  /** Ends its worker. */
  close(): void;
}

/**
 * Opens a model.
 * @param onFail called once when it cannot be opened, with what is wrong
 * @param onReady called when it is open and its first numbers are there
 */
export function openFiles(
  files: ModelFiles,
  { onFail, onReady }: { readonly onFail: (message: string) => void; readonly onReady: () => void },
): OpenedFiles {
  const worker = new ModelWorker();
  const order = (message: ModelOrder) => worker.postMessage(message);
  const curves = signal<Curves>(noCurves);
  const table = signal<Table | undefined>(undefined);
  const blocks = computed(() => (table.value === undefined ? [] : blocksOf(table.value)));
  const progress = signal<RunProgress>({
    ...{ phase: 'measuring', measured: 0, checkpoints: 1, lastStep: 0, endStep: undefined, share: 0 },
  });
  const provenance = signal<Provenance>({ version: __VERSION__, config: {}, checkpoints: {}, notes: [] });
  const waiting = new Map<number, { resolve(reading: TextReading): void; reject(error: Error): void }>();
  let asked = 0;
  const fail = (message: string) => {
    for (const { reject } of waiting.values()) reject(new Error(message));
    waiting.clear();
    onFail(message);
  };
  worker.onerror = (event) => fail(event.message || 'the model does not fit into this page');
  worker.onmessage = ({ data }: MessageEvent<ModelEvent>) => {
    switch (data.kind) {
      case 'opened':
        provenance.value = { ...provenance.value, config: data.config };
        break;
      case 'progress':
        progress.value = { ...progress.value, share: data.share };
        break;
      case 'table':
        void parseParquet(data.bytes, files.name).then((read) => {
          table.value = read.table;
          curves.value = curvesOf(read.table);
          onReady();
        });
        break;
      case 'done':
        progress.value = { ...progress.value, phase: 'done', measured: 1 };
        provenance.value = { ...provenance.value, notes: data.notes };
        break;
      case 'failed':
        fail(data.message);
        break;
      case 'reading':
        waiting.get(data.id)?.resolve(data.reading);
        waiting.delete(data.id);
        break;
      case 'refused':
        waiting.get(data.id)?.reject(new Error(data.message));
        waiting.delete(data.id);
        break;
    }
  };
  order({ kind: 'open', files });
  const source: RunSource = {
    setting: files.name,
    config: undefined,
    ...{ curves, blocks, progress, provenance },
    heads: computed(() => headsModel(blocks.value)),
    steps: signal([]),
    checkpoint: () => Promise.reject(new Error('a model is looked at by its heads')),
    readText: (text) =>
      new Promise((resolve, reject) => {
        const id = asked++;
        waiting.set(id, { resolve, reject });
        order({ kind: 'text', id, text });
      }),
    testSequences: async () => undefined,
  };
  return { source, close: () => worker.terminate() };
}
