import { svgOf } from '../figure/dynamics.js';
import { escapeXml } from '../figure/svg.js';
import { figuresOfRuns, type SweepFigure } from '../figure/sweep-figures.js';
import type { StudiedRun } from '../stats/study.js';
import { fewestRuns, type Outcome, type Verdict } from '../stats/verdict.js';
import { intervalStrip } from './interval-strip.js';
import { neededRuns, shown, shownBound, shownInterval, shownValue, statisticOf } from './numbers.js';
import { pageStyle } from './page-style.js';

/** What the page is made of. */
export interface EvidencePage {
  readonly version: string;
  /** What was looked at, such as the folder's name. */
  readonly source: string;
  readonly verdicts: readonly Verdict[];
  readonly runs: readonly StudiedRun[];
  readonly notes: readonly string[];
}

const classes: Readonly<Record<Outcome, string>> = {
  held: 'held',
  failed: 'failed',
  'not enough runs': 'open',
};

/** Rows of the table of runs; more would make the page slow, and the JSON has them all. */
const mostRuns = 400;

/**
 * The evidence as one HTML page: verdicts with numbers and intervals, the figures over runs, and every run's transition. It
 * loads nothing and runs nothing, and whatever comes from files stands in it as text.
 */
export function evidencePage({ version, source, verdicts, runs, notes }: EvidencePage): string {
  const outcomes = Object.keys(classes) as Outcome[];
  const counts = outcomes.map((outcome) => {
    const count = verdicts.filter((verdict) => verdict.outcome === outcome).length;
    return `<li><span class="badge ${classes[outcome]}">${count} ${outcome}</span></li>`;
  });
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; font-src data:">
<title>Evidence: ${escapeXml(source)}</title>
<style>${pageStyle}</style>
</head>
<body>
<h1>What ${runs.length === 1 ? 'one run says' : `${runs.length} runs say`} of the claims</h1>
<p class="soft">${escapeXml(source)} · bridgescope ${escapeXml(version)}</p>
<p>Claims of Song, Xu and Zhong, “Out-of-distribution generalization via composition” (<a href="https://arxiv.org/abs/2408.09503">arXiv 2408.09503</a>, PNAS 2025),
held against measured runs. A claim <b>held</b> when the whole interval of its number keeps the bound, <b>failed</b> when all of it
breaks the bound; in between, there are <b>not enough runs</b> to tell.</p>
<ul class="counts">${counts.join('')}</ul>
${notes.map((note) => `<p class="soft">Note: ${escapeXml(note)}</p>`).join('\n')}
<h2>Verdicts</h2>
<ul class="claims">
${verdicts.map(claimItem).join('\n')}
</ul>
${figures(figuresOfRuns(runs))}
<h2>Runs</h2>
${runsTable(runs)}
<h2>How the numbers are made</h2>
<p class="soft">Copy errors count the positions that the rule determines. The step of a drop is where the antitonic fit of the OOD
error crosses one half, interpolated on log step; the step of a measure’s change is the midpoint of a logistic curve, where PELT finds a
change. Shares have Clopper–Pearson intervals, medians intervals between order statistics, the threshold a profile interval of Firth’s penalised
logistic regression. Intervals of verdicts are two-sided at 90 %, so that each bound is kept or broken at 95 %.</p>
</body>
</html>
`;
}

function claimItem(verdict: Verdict): string {
  const { claim, outcome, estimate, settings } = verdict;
  const statistic = statisticOf(verdict);
  const needed = fewestRuns(claim);
  const hint =
    outcome === 'not enough runs' && (estimate?.runs ?? 0) < needed
      ? ` It can be judged from ${neededRuns(claim)} on.`
      : '';
  const number =
    estimate === null
      ? `<div class="number">no number</div>`
      : `<div class="number">${escapeXml(shownValue(statistic, estimate))}</div>${intervalStrip(statistic, claim.bound, estimate)}<small>${escapeXml(shownInterval(estimate))}</small>`;
  return `<li class="claim" id="${escapeXml(claim.id)}"><div><h3>${escapeXml(claim.claim)}</h3>
<p><span class="badge ${classes[outcome]}">${outcome}</span> ${escapeXml(upperFirst(statistic.meaning))}: ${escapeXml(shownBound(claim.bound))}.</p>
<p class="soft">${escapeXml(claim.reason)} ${settings.length} ${settings.length === 1 ? 'run' : 'runs'}: ${escapeXml(chosen(claim.runs))}.${escapeXml(hint)}</p>
<p class="soft">${escapeXml(claim.where)}</p></div>
<aside>${number}</aside></li>`;
}

/** Which runs a claim is about, in words. */
function chosen(runs: Verdict['claim']['runs']): string {
  const parts = Object.entries(runs).map(([option, wanted]) => {
    if (Array.isArray(wanted)) return `${option} ${wanted.map(String).join(' or ')}`;
    if (typeof wanted === 'object' && wanted !== null) return `${option} ${shownBound(wanted)}`;
    if (option === 'generalises') return wanted === true ? 'generalising' : 'not generalising';
    return `${option} ${wanted === null ? 'infinite' : String(wanted)}`;
  });
  return parts.join(', ') || 'all';
}

function figures(list: readonly SweepFigure[]): string {
  if (list.length === 0) return '';
  const items = list.map(
    ({ figure, caption, title }, at) =>
      // The first figure brings the typeface of all.
      `<figure class="figure" aria-label="${escapeXml(title)}">${svgOf(figure, at === 0)}<figcaption>${escapeXml(caption)}</figcaption></figure>`,
  );
  return `<h2>Figures</h2>\n<div class="figures">\n${items.join('\n')}\n</div>`;
}

const columns: readonly { readonly name: string; readonly of: (run: StudiedRun) => string }[] = [
  { name: 'run', of: ({ data }) => data.setting },
  { name: 'pool', of: ({ data }) => (data.config.pool_size === null ? '∞' : String(data.config.pool_size)) },
  { name: 'seed', of: ({ data }) => String(data.config.seed) },
  { name: 'layers', of: ({ data }) => String(data.config.num_layers) },
  { name: 'last ID error', of: ({ transition }) => number(transition.id?.final) },
  { name: 'last OOD error', of: ({ transition }) => number(transition.ood?.final) },
  { name: 'OOD crosses ½', of: ({ transition }) => step(transition.ood?.step) },
  { name: 'width', of: ({ transition }) => factor(transition.ood?.width) },
  { name: 'z-score changes', of: ({ transition }) => step(transition.changes.z_score?.step) },
  { name: 'match changes', of: ({ transition }) => step(transition.changes.qk_ov_match?.step) },
  { name: 'mismatch changes', of: ({ transition }) => step(transition.changes.mismatch_ratio?.step) },
  { name: 'match before', of: ({ transition }) => number(transition.matchBefore?.score) },
  { name: 'match after', of: ({ transition }) => number(transition.matchAfter?.score) },
  { name: 'P(chance ≥ it)', of: ({ transition }) => number(transition.matchAfter?.tail) },
  { name: 'errors from', of: ({ transition }) => transition.ood?.source ?? '–' },
];

function runsTable(runs: readonly StudiedRun[]): string {
  const rows = runs
    .slice(0, mostRuns)
    .map((run) => `<tr>${columns.map(({ of }) => `<td>${escapeXml(of(run))}</td>`).join('')}</tr>`);
  const rest =
    runs.length > mostRuns ? `<p class="soft">${runs.length - mostRuns} more runs are in the JSON.</p>` : '';
  return `<div class="wide"><table><thead><tr>${columns.map(({ name }) => `<th>${name}</th>`).join('')}</tr></thead>
<tbody>${rows.join('\n')}</tbody></table></div>${rest}`;
}

const number = (value: number | null | undefined): string => (value == null ? '–' : shown(value));
const factor = (value: number | null | undefined): string => (value == null ? '–' : `×${shown(value)}`);
const step = (value: number | null | undefined): string => (value == null ? '–' : String(Math.round(value)));

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
