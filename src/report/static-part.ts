import { figureMaker, svgOf } from '../figure/dynamics.js';
import { panelWidth } from '../figure/panel.js';
import { escapeXml } from '../figure/svg.js';
import { inertOptions } from '../run/config.js';
import type { Curve, Curves } from '../series/curves.js';
import type { RunSummary } from '../server/served-run.js';
import { antitonicFit, crossingStep } from '../stats/antitonic.js';
import { staticChoice } from './static-choice.js';
import { staticOverRuns } from './static-over-runs.js';

/** What the part that needs no script says of a run. */
export interface StaticRun {
  readonly summary: RunSummary;
  readonly curves: Curves;
  /** Steps of its table of numbers. */
  readonly steps: readonly number[];
}

/**
 * The report without JavaScript, which is also what is printed: figures on the first page, those over several runs on one
 * of their own, numbers and config on the last, and, on the screen alone, every hash. All text from run folders is escaped.
 */
export function staticPart(runs: readonly StaticRun[], version: string): string {
  const names = runs.map(({ summary }) => escapeXml(summary.name)).join(', ');
  return `<main class="static">
<section class="sheet">
<h1>Does the second layer read what the first one writes?</h1>
<p class="static-lead">${names} · bridgescope ${escapeXml(version)}</p>
${runs.map((run) => figures(run, runs.length)).join('\n')}
</section>
${staticOverRuns(runs)}
<section class="sheet">
<h2>Numbers</h2>
${runs.map(numbers).join('\n')}
<h2>Config</h2>
${configs(runs)}
${runs.map(notes).join('\n')}
</section>
<section class="static-hashes">
<h2>Checkpoints (SHA-256)</h2>
${runs.map(hashes).join('\n')}
</section>
</main>`;
}

function figures(run: StaticRun, runs: number): string {
  const { curves, summary } = run;
  const choice = staticChoice(run);
  const figure = figureMaker(curves)(choice);
  const svgs = figure.panels.map((panel, at) =>
    svgOf(
      {
        title: `${figure.title}, panel ${at + 1}`,
        width: panelWidth,
        height: figure.height,
        panels: [{ ...panel, x: 0 }],
      },
      false,
    ),
  );
  const caption = `rank ${choice.rank}, match ${choice.method}, relative position ${choice.relPos}`;
  return `<figure class="static-figure ${runs === 1 ? 'alone' : 'row'}">
<figcaption><strong>${escapeXml(summary.name)}</strong> · ${caption}. ${escapeXml(summarySentence(curves, summary.name))}</figcaption>
${svgs.join('\n')}
</figure>`;
}

/** What happened, in a sentence. */
function summarySentence(curves: Curves, setting: string): string {
  const ood = curves.find({ setting, measure: 'err_ood' });
  const id = curves.find({ setting, measure: 'err_test' });
  if (ood === undefined || id === undefined) return 'No test errors were recorded.';
  const kept = [...ood.steps.keys()].filter((at) => ood.steps[at]! > 0 && Number.isFinite(ood.values[at]));
  const half = crossingStep(
    kept.map((at) => ood.steps[at]!),
    antitonicFit(kept.map((at) => ood.values[at]!)),
    0.5,
  );
  const end = `At the end ID error is ${decimals(id.values.at(-1))} and OOD error ${decimals(ood.values.at(-1))}.`;
  const crosses =
    half === undefined
      ? 'OOD error does not cross one half.'
      : `OOD error crosses one half at step ${Math.round(half)}.`;
  return `${crosses} ${end}`;
}

const columns = [
  ['err_test', 'ID error'],
  ['err_ood', 'OOD error'],
  ['z_score', 'z-score'],
  ['qk_ov_match', 'QK–OV match'],
  ['mismatch_ratio', 'token mismatch'],
  ['wte_ov_match', 'wte–OV match'],
] as const;

function numbers(run: StaticRun): string {
  const { curves, summary, steps } = run;
  const { rank, method, relPos } = staticChoice(run);
  const setting = summary.name;
  const first = (measure: string, rel_pos: number | null, r: number | null, statistic: string | null) =>
    curves.all.find(
      ({ key }) =>
        key.measure === measure && key.rel_pos === rel_pos && key.rank === r && key.statistic === statistic,
    );
  const curveOf: Record<(typeof columns)[number][0], Curve | undefined> = {
    err_test: curves.find({ setting, measure: 'err_test' }),
    err_ood: curves.find({ setting, measure: 'err_ood' }),
    z_score: first('z_score', relPos, null, null),
    qk_ov_match: first('qk_ov_match', relPos, rank, method),
    mismatch_ratio: first('mismatch_ratio', relPos, null, null),
    wte_ov_match: first('wte_ov_match', null, rank, method),
  };
  const rows = steps.map((step) => {
    const cells = columns.map(([measure]) => `<td>${decimals(valueAt(curveOf[measure], step))}</td>`);
    const hash = summary.provenance.checkpoints[String(step)]?.slice(0, 16) ?? '';
    return `<tr><th scope="row">${step}</th>${cells.join('')}<td><code>${escapeXml(hash)}</code></td></tr>`;
  });
  return `<table class="static-numbers">
<caption>${escapeXml(setting)}${curveOf.z_score === undefined ? '' : `, heads ${escapeXml(curveOf.z_score.key.of ?? '')}`}, rank ${rank}, match ${method}, relative position ${relPos}</caption>
<thead><tr><th scope="col">step</th>${columns.map(([, name]) => `<th scope="col">${name}</th>`).join('')}<th scope="col">SHA-256, first 16</th></tr></thead>
<tbody>${rows.join('\n')}</tbody>
</table>`;
}

/** The value at a step; undefined where there is none of just this step, as of errors at step 0. */
function valueAt(curve: Curve | undefined, step: number): number | undefined {
  return curve?.values[curve.steps.indexOf(step)];
}

/** Options that are the same in all runs once, and the others in a column for each run. */
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
  const rows = others.map((name) => {
    const cells = valuesOf(name).map((value) => `<td>${escapeXml(value)}</td>`);
    return `<tr${inert.has(name) ? ' class="inert"' : ''}><th scope="row">${escapeXml(name)}</th>${cells.join('')}</tr>`;
  });
  const heads = runs.map(({ summary }) => `<th scope="col">${escapeXml(summary.name)}</th>`);
  const table = `<table class="static-numbers"><thead><tr><th scope="col">option</th>${heads.join('')}</tr></thead>
<tbody>${rows.join('\n')}</tbody></table>`;
  return `<dl class="config">${list.join('')}</dl>${others.length === 0 ? '' : table}`;
}

const inert = new Set<string>(inertOptions);

function optionText(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
}

function notes({ summary }: StaticRun): string {
  const { version, notes: lines } = summary.provenance;
  const items = [`measured by bridgescope ${version}`, ...lines].map((line) => `<li>${escapeXml(line)}</li>`);
  return `<h3>${escapeXml(summary.name)}</h3><ul class="notes">${items.join('')}</ul>`;
}

function hashes({ summary }: StaticRun): string {
  const rows = Object.entries(summary.provenance.checkpoints).map(
    ([step, hash]) =>
      `<tr><th scope="row">${escapeXml(step)}</th><td><code>${escapeXml(hash)}</code></td></tr>`,
  );
  return `<h3>${escapeXml(summary.name)}</h3><table>${rows.join('')}</table>`;
}

function decimals(value: number | undefined): string {
  if (value === undefined || !Number.isFinite(value)) return '–';
  return value.toFixed(3).replace('-', '−');
}
