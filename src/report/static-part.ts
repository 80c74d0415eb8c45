import { darkFigureRules } from '../figure/dark-inks.js';
import { escapeXml } from '../figure/svg.js';
import { inertOptions } from '../run/config.js';
import type { Curve } from '../series/curves.js';
import { rankedPairs, writerOf } from '../series/pairs.js';
import { formatValue } from './format-value.js';
import { staticChoice } from './static-choice.js';
import { staticFigures } from './static-figures.js';
import { isModel, staticModel } from './static-model.js';
import { staticOverRuns } from './static-over-runs.js';
import type { StaticRun } from './static-run.js';

/**
 * The report without JavaScript, which is also what is printed: figures on the first page, those over several runs on one
 * of their own, numbers and config on the last, and, on the screen alone, every hash. All text from run folders is escaped.
 */
export function staticPart(runs: readonly StaticRun[], version: string): string {
  const isMany = runs.length > mostAlone;
  const models = runs.filter(isModel);
  const trained = runs.filter((run) => !models.includes(run));
  const names = isMany
    ? `${runs.length} runs`
    : runs.map(({ summary }) => escapeXml(summary.name)).join(', ');
  return `<main class="static">
<style>@media screen and (prefers-color-scheme: dark) {
${darkFigureRules(':root:not([data-theme="light"]) .static :not(.static-map) > svg')}
}</style>
<section class="sheet">
<h1>${trained.length > 0 ? 'Does the second layer read what the first one writes?' : 'Which head reads which?'}</h1>
<p class="static-lead">${names} · bridgescope ${escapeXml(version)}</p>
${isMany || trained.length === 0 ? '' : staticFigures(trained)}
${models.map(staticModel).join('\n')}
</section>
${staticOverRuns(trained)}
<section class="sheet">
${trained.length === 0 ? '' : `<h2>Numbers</h2>\n${isMany ? lastNumbers(trained) : trained.map(numbers).join('\n')}`}
<h2>Config</h2>
${configs(runs)}
${notes(runs)}
</section>
${trained.length === 0 ? '' : `<section class="static-hashes">\n<h2>Checkpoints (SHA-256)</h2>\n${trained.map(hashes).join('\n')}\n</section>`}
</main>`;
}

/** So many runs have figures and a table of numbers of their own; of more there is one table. */
const mostAlone = 8;

const columns = [
  ['err_test', 'ID error'],
  ['err_ood', 'OOD error'],
  ['z_score', 'z-score'],
  ['qk_ov_match', 'QK–OV match'],
  ['mismatch_ratio', 'token mismatch'],
  ['wte_ov_match', 'wte–OV match'],
] as const;

/** The curves of a run that the tables of numbers show. */
function shownCurves(run: StaticRun): readonly (Curve | undefined)[] {
  const { curves, summary } = run;
  const { rank, method, relPos } = staticChoice(run);
  const setting = summary.name;
  // The pair that the figures draw strong.
  const zScores = curves.all.filter(({ key }) => key.measure === 'z_score' && key.rel_pos === relPos);
  const [pair] = rankedPairs(zScores);
  const writer = pair && writerOf(pair);
  const curveAt = (
    measure: string,
    of: string | undefined,
    rel_pos: number | null,
    r: number | null,
    statistic: string | null,
  ) =>
    curves.all.find(
      ({ key }) =>
        key.measure === measure &&
        (of === undefined || key.of === of) &&
        key.rel_pos === rel_pos &&
        key.rank === r &&
        key.statistic === statistic,
    );
  const curveOf: Record<(typeof columns)[number][0], Curve | undefined> = {
    err_test: curves.find({ setting, measure: 'err_test' }),
    err_ood: curves.find({ setting, measure: 'err_ood' }),
    z_score: curveAt('z_score', pair, relPos, null, null),
    qk_ov_match: curveAt('qk_ov_match', pair, relPos, rank, method),
    mismatch_ratio: curveAt('mismatch_ratio', pair, relPos, null, null),
    wte_ov_match: curveAt('wte_ov_match', writer, null, rank, method),
  };
  return columns.map(([measure]) => curveOf[measure]);
}

function numbers(run: StaticRun): string {
  const { summary, steps } = run;
  const { rank, method, relPos } = staticChoice(run);
  const shown = shownCurves(run);
  const heads = shown[2]?.key.of;
  const rows = steps.map((step) => {
    const cells = shown.map((curve) => `<td>${formatValue(valueAt(curve, step))}</td>`);
    const hash = summary.provenance.checkpoints[String(step)]?.slice(0, 16) ?? '';
    return `<tr><th scope="row">${step}</th>${cells.join('')}<td><code>${escapeXml(hash)}</code></td></tr>`;
  });
  return `<table class="static-numbers">
<caption>${escapeXml(summary.name)}${heads == null ? '' : `, heads ${escapeXml(heads)}`}, rank ${rank}, match ${method}, relative position ${relPos}</caption>
<thead><tr><th scope="col">step</th>${columnHeads}<th scope="col">SHA-256, first 16</th></tr></thead>
<tbody>${rows.join('\n')}</tbody>
</table>`;
}

const columnHeads = columns.map(([, name]) => `<th scope="col">${name}</th>`).join('');

/** Many runs in one table: each at its last checkpoint. */
function lastNumbers(runs: readonly StaticRun[]): string {
  const rows = runs.map((run) => {
    const last = run.summary.steps.at(-1)?.step;
    const cells = shownCurves(run).map(
      (curve) => `<td>${last === undefined ? '–' : formatValue(valueAt(curve, last))}</td>`,
    );
    return `<tr><th scope="row">${escapeXml(run.summary.name)}</th><td>${last ?? '–'}</td>${cells.join('')}</tr>`;
  });
  return `<table class="static-numbers">
<caption>Each run at its last checkpoint</caption>
<thead><tr><th scope="col">run</th><th scope="col">step</th>${columnHeads}</tr></thead>
<tbody>${rows.join('\n')}</tbody>
</table>`;
}

/** The value at a step; undefined where there is none of just this step, as of errors at step 0. */
function valueAt(curve: Curve | undefined, step: number): number | undefined {
  return curve?.values[curve.steps.indexOf(step)];
}

/** Options that are the same in all runs once, and the others in a row for each run. */
function configs(runs: readonly StaticRun[]): string {
  const names = [...new Set(runs.flatMap(({ summary }) => Object.keys(summary.provenance.config)))];
  const valuesOf = (name: string) =>
    runs.map(({ summary: { provenance } }) =>
      Object.hasOwn(provenance.config, name) ? optionText(provenance.config[name]) : '',
    );
  const shared = names.filter((name) => new Set(valuesOf(name)).size === 1);
  const others = names.filter((name) => !shared.includes(name));
  const list = shared.map(
    (name) =>
      `<div${inert.has(name) ? ' class="inert"' : ''}><dt>${escapeXml(name)}</dt><dd>${escapeXml(valuesOf(name)[0]!)}</dd></div>`,
  );
  const isInert = (name: string) => (inert.has(name) ? ' class="inert"' : '');
  const rows = runs.map(({ summary }, at) => {
    const cells = others.map((name) => `<td${isInert(name)}>${escapeXml(valuesOf(name)[at]!)}</td>`);
    return `<tr><th scope="row">${escapeXml(summary.name)}</th>${cells.join('')}</tr>`;
  });
  const heads = others.map((name) => `<th scope="col"${isInert(name)}>${escapeXml(name)}</th>`);
  const table = `<table class="static-numbers"><thead><tr><th scope="col">run</th>${heads.join('')}</tr></thead>
<tbody>${rows.join('\n')}</tbody></table>`;
  return `<dl class="config">${list.join('')}</dl>${others.length === 0 ? '' : table}`;
}

const inert = new Set<string>(inertOptions);

function optionText(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

/** Notes of each run; a note of all runs stands once. */
function notes(runs: readonly StaticRun[]): string {
  const linesOf = ({ summary: { provenance } }: StaticRun) => [
    `measured by bridgescope ${provenance.version}`,
    ...provenance.notes,
  ];
  const shared = new Set(
    linesOf(runs[0]!).filter((line) => runs.every((run) => linesOf(run).includes(line))),
  );
  const list = (lines: readonly string[]) =>
    `<ul class="notes">${lines.map((line) => `<li>${escapeXml(line)}</li>`).join('')}</ul>`;
  const own = runs.flatMap((run) => {
    const lines = linesOf(run).filter((line) => !shared.has(line));
    return lines.length === 0 ? [] : [`<h3>${escapeXml(run.summary.name)}</h3>${list(lines)}`];
  });
  return `${list([...shared])}\n${own.join('\n')}`;
}

function hashes({ summary }: StaticRun): string {
  const rows = Object.entries(summary.provenance.checkpoints).map(
    ([step, hash]) =>
      `<tr><th scope="row">${escapeXml(step)}</th><td><code>${escapeXml(hash)}</code></td></tr>`,
  );
  return `<details><summary>${escapeXml(summary.name)}, ${rows.length} checkpoints</summary><table>${rows.join('')}</table></details>`;
}
