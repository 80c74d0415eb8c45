import { computed, type Signal, signal } from '@preact/signals';
import { dataElement, type EmbeddedData, type EmbeddedRun } from '../../src/report/embedded.js';
import type { RunConfig } from '../../src/run/config.js';
import { blocksOf } from '../../src/series/blocks.js';
import { type Curves, curvesOf } from '../../src/series/curves.js';
import type { Table } from '../../src/series/table.js';
import { parseParquet } from '../../src/tables/parquet-read.js';
import { headsModel } from '../heads/heads-model.js';
import { noCurves } from './join-curves.js';
import type { Provenance, RunProgress, RunSource, StepInfo, TestSequences } from './run-source.js';
import { textReading } from './text-reading.js';

/** Reads the runs that a report embeds. A page without any, such as the bare build, has none. */
export function openEmbedded(sources: Signal<readonly RunSource[]>): void {
  const text = document.getElementById(dataElement)?.textContent;
  if (!text) return;
  const { runs } = JSON.parse(text) as EmbeddedData;
  sources.value = runs.map(embeddedRun);
}

function embeddedRun({ summary, table, checkpoints, sequences, texts }: EmbeddedRun): RunSource {
  const curves = signal<Curves>(noCurves);
  const measured = signal<Table | undefined>(undefined);
  const blocks = computed(() => (measured.value === undefined ? [] : blocksOf(measured.value)));
  void parseParquet(fromBase64(table), summary.name).then((read) => {
    measured.value = read.table;
    curves.value = curvesOf(read.table);
  });
  return {
    setting: summary.name,
    config: (summary.config as RunConfig | null) ?? undefined,
    curves,
    blocks,
    heads: computed(() => headsModel(blocks.value)),
    steps: signal<readonly StepInfo[]>(summary.steps),
    progress: signal<RunProgress>(summary.progress),
    provenance: signal<Provenance>(summary.provenance),
    checkpoint: async (step) => {
      const bytes = Object.hasOwn(checkpoints, step) ? checkpoints[step] : undefined;
      if (bytes !== undefined) return fromBase64(bytes);
      const message = summary.steps.find((info) => info.step === step)?.message;
      throw new Error(`step ${step} is ${message ?? 'not in this report'}`);
    },
    ...(texts.length > 0 && {
      texts: texts.map(({ text }) => text),
      readText: async (wanted, step) => {
        const last = summary.steps.at(-1)?.step;
        if (step !== null && step !== last)
          throw new Error(`the texts of this report were read at step ${last}`);
        const found = texts.find(({ text }) => text === wanted);
        if (found !== undefined) return textReading(found.reading);
        throw new Error('this text is not in the report; bridgescope explore reads any text');
      },
    }),
    testSequences: async (set) => sequences[set] as TestSequences | undefined,
  };
}

function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}
