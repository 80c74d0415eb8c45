import { computed, type ReadonlySignal, type Signal, signal } from '@preact/signals';
import type { TextReading } from '../../src/behaviour/read-text.js';
import type { RunConfig } from '../../src/run/config.js';
import { blocksOf } from '../../src/series/blocks.js';
import { type Curves, curvesOf } from '../../src/series/curves.js';
import type { Table } from '../../src/series/table.js';
import type { RunSummary, RunsAnswer } from '../../src/server/served-run.js';
import type { TextAnswer } from '../../src/server/text-answer.js';
import { parseParquet } from '../../src/tables/parquet-read.js';
import { headsModel } from '../heads/heads-model.js';
import { joinCurves, noCurves } from './join-curves.js';
import type { Provenance, RunProgress, RunSource, StepInfo, TestSequences } from './run-source.js';
import { textReading } from './text-reading.js';

/** Whether the server answers; what was read stays on the page when it does not. */
export type Connection = 'connecting' | 'open' | 'gone';

/** The runs of the server that served this page. */
export interface Server {
  readonly connection: ReadonlySignal<Connection>;
  /** Asks again at once. */
  retry(): void;
}

/** Follows the server: fills `sources` and keeps them as the server has them, over its restarts. */
export function openServer(sources: Signal<readonly RunSource[]>): Server {
  const connection = signal<Connection>('connecting');
  const runs = new Map<string, ServerRun>();
  let events: EventSource | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let boot = '';

  const take = (summary: RunSummary) => {
    const known = runs.get(summary.name);
    const isSame =
      known !== undefined && JSON.stringify(known.source.config ?? null) === JSON.stringify(summary.config);
    if (isSame) {
      known.take(summary);
      return;
    }
    runs.set(summary.name, serverRun(summary));
    sources.value = [...runs.values()].map(({ source }) => source);
  };
  const connect = async () => {
    clearTimeout(timer);
    events?.close();
    try {
      const answer = await fetchJson<RunsAnswer>('api/runs');
      if (answer.boot !== boot) for (const run of runs.values()) run.forget();
      boot = answer.boot;
      const names = new Set(answer.runs.map(({ name }) => name));
      for (const name of runs.keys()) if (!names.has(name)) runs.delete(name);
      for (const summary of answer.runs) take(summary);
      if (sources.peek().length !== runs.size) sources.value = [...runs.values()].map(({ source }) => source);
      connection.value = 'open';
    } catch {
      lost();
      return;
    }
    events = new EventSource('api/events');
    events.addEventListener('run', ({ data }) => take(JSON.parse(data) as RunSummary));
    events.addEventListener('error', lost);
  };
  const lost = () => {
    events?.close();
    connection.value = 'gone';
    clearTimeout(timer);
    timer = setTimeout(connect, 2000);
  };
  void connect();
  return { connection, retry: connect };
}

interface ServerRun {
  readonly source: RunSource;
  take(summary: RunSummary): void;
  /** Forgets what it has loaded: the server counts its versions from the start again. */
  forget(): void;
}

const parts = ['errors', 'measures'] as const;

function serverRun(first: RunSummary): ServerRun {
  const path = `api/runs/${encodeURIComponent(first.name)}`;
  const curves = signal<Curves>(noCurves);
  const measured = signal<Table | undefined>(undefined);
  const blocks = computed(() => (measured.value === undefined ? [] : blocksOf(measured.value)));
  const steps = signal<readonly StepInfo[]>([]);
  const progress = signal<RunProgress>(first.progress);
  const provenance = signal<Provenance>(first.provenance);
  const loaded = { errors: noCurves, measures: noCurves };
  const wanted = { errors: 0, measures: 0 };
  const have = { errors: 0, measures: 0 };
  const busy = { errors: false, measures: false };

  const load = async (part: (typeof parts)[number]): Promise<void> => {
    if (busy[part] || wanted[part] === have[part]) return;
    busy[part] = true;
    const version = wanted[part];
    try {
      const bytes = await fetchBytes(`${path}/table.parquet?part=${part}`);
      const { table } = await parseParquet(bytes, first.name);
      loaded[part] = curvesOf(table);
      if (part === 'measures') measured.value = table;
      have[part] = version;
      curves.value = joinCurves([loaded.errors, loaded.measures]);
      tell();
    } catch {
      // The connection tells of a server that is gone; its return loads again.
      return;
    } finally {
      busy[part] = false;
    }
    await load(part);
  };
  let latest = first.progress;
  /** What has been measured is on its way for a moment, before the page has it. */
  const tell = () => {
    const isComing = loaded.measures === noCurves && wanted.measures !== have.measures;
    progress.value = isComing ? { ...latest, phase: 'measuring' } : latest;
  };
  const take = (summary: RunSummary) => {
    steps.value = summary.steps;
    latest = summary.progress;
    provenance.value = summary.provenance;
    for (const part of parts) {
      wanted[part] = summary.versions[part];
      void load(part);
    }
    tell();
  };
  take(first);
  return {
    take,
    forget: () => {
      for (const part of parts) have[part] = -1;
    },
    source: {
      setting: first.name,
      config: (first.config as RunConfig | null) ?? undefined,
      curves,
      blocks,
      heads: computed(() => headsModel(blocks.value)),
      steps,
      progress,
      provenance,
      ...(first.takesText && { readText: (text: string, step: number | null) => readText(path, text, step) }),
      checkpoint: (step) => fetchBytes(`${path}/checkpoints/${step}`),
      testSequences: async (set) => {
        const answer = await fetchOk(`${path}/sets/${set}`);
        return answer.status === 204 ? undefined : ((await answer.json()) as TestSequences);
      },
    },
  };
}

async function readText(path: string, text: string, step: number | null): Promise<TextReading> {
  const asked = new URLSearchParams({ text, ...(step !== null && { step: String(step) }) });
  return textReading(await fetchJson<TextAnswer>(`${path}/text?${asked}`));
}

async function fetchBytes(url: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await (await fetchOk(url)).arrayBuffer());
}

async function fetchJson<T>(url: string): Promise<T> {
  return (await (await fetchOk(url)).json()) as T;
}

async function fetchOk(url: string): Promise<Response> {
  const response = await fetch(url).catch(() => {
    throw new Error('the server does not answer; is explore still running?');
  });
  if (!response.ok) throw new Error((await response.text()).trim());
  return response;
}
