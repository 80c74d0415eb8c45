import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { ReadInterventions } from '../causal/read-interventions.js';
import { InputError } from '../errors.js';
import { escapeXml } from '../figure/svg.js';
import { blocksOf } from '../series/blocks.js';
import { curvesOf } from '../series/curves.js';
import type { RunSummary, ServedRun, ServedStep } from '../server/served-run.js';
import { parseParquet } from '../tables/parquet-read.js';
import { checkAsked, stepsToEmbed } from './choose-steps.js';
import {
  dataElement,
  type EmbeddedData,
  type EmbeddedRun,
  type EmbeddedText,
  scriptJson,
} from './embedded.js';
import { interventionPart } from './intervention-part.js';
import { staticPart } from './static-part.js';
import type { StaticRun } from './static-run.js';

export interface ReportOptions {
  readonly version: string;
  /** Steps whose checkpoints go into the page; undefined for the usual ones. */
  readonly embedSteps: 'all' | 'none' | readonly number[] | undefined;
  /** How a run was named on the command line, for the command that opens the other steps. */
  readonly inputOf: (run: ServedRun) => string;
  /** Texts that models have read. */
  readonly textsOf?: (run: ServedRun) => readonly EmbeddedText[];
  /** What edits of the runs, or of other models, did. */
  readonly interventions?: readonly ReadInterventions[];
}

/**
 * One HTML page with everything in it: the explorer, the tables, some checkpoints, and figures and text that need no
 * script. Equal runs give equal bytes.
 * @throws UsageError when a step to embed is not there
 * @throws InputError when the page has not been built
 */
export async function makeReport(runs: readonly ServedRun[], options: ReportOptions): Promise<string> {
  const { version, embedSteps, inputOf, textsOf = () => [], interventions = [] } = options;
  const readable = new Map(
    runs.map((run) => [
      run,
      run.summary().steps.flatMap(({ step, status }) => (status === 'ready' ? [step] : [])),
    ]),
  );
  if (Array.isArray(embedSteps)) checkAsked(embedSteps, [...new Set([...readable.values()].flat())]);
  const embedded: EmbeddedRun[] = [];
  const shown: StaticRun[] = [];
  for (const run of runs) {
    const summary = run.summary();
    const table = run.table('all');
    const texts = textsOf(run);
    const { table: rows } = await parseParquet(table, run.name);
    const curves = curvesOf(rows);
    const available = readable.get(run)!;
    const steps =
      embedSteps === undefined
        ? stepsToEmbed(available, curves, run.name)
        : embedSteps === 'all'
          ? available
          : available.filter((step) => embedSteps !== 'none' && embedSteps.includes(step));
    const listed = finished(summary, new Set(steps), inputOf(run));
    embedded.push({
      summary: listed,
      table: base64(table),
      checkpoints: Object.fromEntries(steps.map((step) => [step, base64(run.checkpoint(step))])),
      texts,
      sequences: steps.length === 0 ? {} : { ...sequences(run, 'test'), ...sequences(run, 'ood') },
    });
    const all = summary.steps.map(({ step }) => step);
    shown.push({
      summary: listed,
      curves,
      blocks: blocksOf(rows),
      texts,
      steps: steps.length > 0 ? steps : stepsToEmbed(all, curves, run.name),
    });
  }
  return assemble(loadTemplate(), { version, runs: embedded }, shown, interventionPart(interventions));
}

/** A run as the report knows it: nothing more is to come, and only embedded steps can be opened. */
function finished(summary: RunSummary, embedded: ReadonlySet<number>, input: string): RunSummary {
  const steps = summary.steps.map((info): ServedStep => {
    if (info.status !== 'ready' || embedded.has(info.step)) return info;
    const command = `bridgescope explore ${quoted(input)} --step ${info.step}`;
    return { step: info.step, status: 'absent', message: `not in this report; open it with: ${command}` };
  });
  return { ...summary, steps, progress: { ...summary.progress, phase: 'done' } };
}

/** A word of a command line. */
function quoted(word: string): string {
  return /^[\w./=:@%+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function sequences(run: ServedRun, set: 'test' | 'ood'): EmbeddedRun['sequences'] {
  try {
    const found = run.sequences(set);
    return found === undefined ? {} : { [set]: found };
  } catch {
    // It cannot be read, so the report has none.
    return {};
  }
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
}

function assemble(
  template: string,
  data: EmbeddedData,
  runs: readonly StaticRun[],
  interventions: string,
): string {
  const title = `<title>${escapeXml(runs.map(({ summary }) => summary.name).join(', '))} · bridgescope</title>`;
  const body = `${staticPart(runs, data.version)}
${interventions}
<script type="application/json" id="${dataElement}">${scriptJson(data)}</script>`;
  return fill(template, [
    ['<title>bridgescope</title>', title],
    ['<!--head-->', policyOf(template)],
    ['<!--body-->', body],
  ]);
}

/** Puts each text in the place of its mark; a text may hold anything, so it is never read as a pattern. */
function fill(template: string, parts: readonly (readonly [mark: string, text: string])[]): string {
  let rest = template;
  let filled = '';
  for (const [mark, text] of parts) {
    const at = rest.indexOf(mark);
    if (at === -1) throw new InputError(`the report’s page lacks ${mark}; build it again: npm run build`);
    filled += rest.slice(0, at) + text;
    rest = rest.slice(at + mark.length);
  }
  return filled + rest;
}

/**
 * The policy of the page: only the script it was built with runs, known by its hash, whatever else found its way in; and
 * nothing is ever fetched.
 */
function policyOf(template: string): string {
  const scripts = [...template.matchAll(/<script\b[^>]*>([\s\S]*?)<\/script>/g)];
  const hashes = scripts.map(([, text]) => `'sha256-${createHash('sha256').update(text!).digest('base64')}'`);
  const policy = [
    "default-src 'none'",
    `script-src ${hashes.join(' ')} 'wasm-unsafe-eval'`,
    'worker-src blob: data:',
    "style-src 'unsafe-inline'",
    'img-src data: blob:',
    'font-src data:',
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  return `<meta http-equiv="Content-Security-Policy" content="${policy}" />`;
}

/** Built modules have it beside them; sources, run by tests, below `dist`. */
function loadTemplate(): string {
  for (const place of ['../report-page/index.html', '../../dist/report-page/index.html']) {
    const path = fileURLToPath(new URL(place, import.meta.url));
    if (existsSync(path)) return readFileSync(path, 'utf8');
  }
  throw new InputError('the report’s page is not built; run: npm run build');
}
