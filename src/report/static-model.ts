import { svgOf } from '../figure/dynamics.js';
import { measureName } from '../figure/model/measure-names.js';
import { lastRow, type ModelMeasures, modelMeasures, strongestSubjects } from '../figure/model/model-data.js';
import { hasManyPairs, modelFigures } from '../figure/model/model-figures.js';
import { escapeXml } from '../figure/svg.js';
import { shownToken } from '../text/shown-token.js';
import type { EmbeddedText } from './embedded.js';
import { formatValue } from './format-value.js';
import { isMap } from './is-map.js';
import { staticChoice } from './static-choice.js';
import type { StaticRun } from './static-run.js';

/** Rows of the table of pairs. */
const mostPairs = 20;

/** Figures of these names fit a page: the circuit, the map of all pairs, its strongest over training, what heads do. */
const figureNames = /^(?:circuit|atlas_qk_ov_match|over_training_qk_ov_match|heads)/;

/** Whether a run is a model whose heads are shown, rather than its training: it has no errors, and many pairs or one checkpoint. */
export function isModel({ summary, curves, blocks }: StaticRun): boolean {
  if (summary.config !== null || curves.find({ setting: summary.name, measure: 'err_ood' })) return false;
  return hasManyPairs(blocks, summary.name) || blocks.every(({ steps }) => steps.every(Number.isNaN));
}

/** A model's figures, its strongest pairs, and the texts that it has read. */
export function staticModel(run: StaticRun): string {
  const { summary, blocks, texts } = run;
  const { rank, relPos, method } = staticChoice(run);
  const setting = summary.name;
  const figures = modelFigures(blocks, { setting, ranks: [rank], relPos: [relPos], methods: [method] });
  const shown = figures.filter(({ name }) => figureNames.test(name));
  const measures = modelMeasures(blocks.filter(({ key }) => key.setting === setting));
  return `<figure class="static-model">
<figcaption><strong>${escapeXml(setting)}</strong> · rank ${rank}, match ${method}, relative position ${relPos}</figcaption>
${shown.map(({ figure }) => `<div${isMap(figure) ? ' class="static-map"' : ''}>${svgOf(figure, false)}</div>`).join('\n')}
</figure>
${measures === undefined ? '' : strongestPairs(measures, setting, { rank, relPos, method })}
${texts.map(textRead).join('\n')}`;
}

/** The pairs of the highest QK–OV match, with what else was measured of them. */
function strongestPairs(
  { pairs }: ModelMeasures,
  setting: string,
  { rank, relPos, method }: { readonly rank: number; readonly relPos: number; readonly method: string },
): string {
  const shown = pairs.filter(
    (one) =>
      (one.rank === null || one.rank === rank) &&
      (one.relPos === null || one.relPos === relPos) &&
      (one.statistic === null || one.statistic === method),
  );
  const match = shown.find(({ measure }) => measure === 'qk_ov_match') ?? shown[0];
  const row = match && lastRow(match.values);
  if (match === undefined || row === undefined) return '';
  const step = match.values.steps[row]!;
  const strongest = strongestSubjects(match.values, row, mostPairs).map((at) => match.values.subjects[at]!);
  const valueAt = (block: (typeof match)['values'] | undefined, pair: string) => {
    const at = block?.steps.findIndex((other) => Object.is(other, step)) ?? -1;
    const column = block?.subjects.indexOf(pair) ?? -1;
    return at < 0 || column < 0 ? undefined : block?.values[at * block.subjects.length + column];
  };
  const heads = shown.map(({ measure }) => `<th scope="col">${escapeXml(measureName(measure).title)}</th>`);
  const rows = strongest.map((pair) => {
    const cells = shown.map(({ values }) => `<td>${formatValue(valueAt(values, pair))}</td>`);
    const [writer = '', reader = ''] = pair.split('>');
    return `<tr><th scope="row">${writer}</th><td>${reader}</td>${cells.join('')}<td>${formatValue(valueAt(match.q, pair))}</td></tr>`;
  });
  return `<table class="static-numbers">
<caption>${escapeXml(setting)}: the ${strongest.length} strongest pairs by ${escapeXml(measureName(match.measure).title)}; q: Benjamini–Hochberg, of that measure</caption>
<thead><tr><th scope="col">writes</th><th scope="col">reads</th>${heads.join('')}<th scope="col">q</th></tr></thead>
<tbody>${rows.join('\n')}</tbody>
</table>`;
}

/** A text: its tokens with their losses, and what the model expects next. */
function textRead({ text, reading }: EmbeddedText): string {
  const { tokens, losses, meanLoss, next } = reading;
  const cells = tokens.map((token, at) => {
    const loss = losses[at - 1];
    return `<span><code>${escapeXml(shownToken(token.text))}</code><small>${loss === undefined ? '–' : formatValue(loss)}</small></span>`;
  });
  const expected = next.map(
    (token) =>
      `<tr><th scope="row"><code>${escapeXml(shownToken(token.text))}</code></th><td>${(100 * token.probability).toFixed(1)} %</td></tr>`,
  );
  return `<section class="static-text">
<h3>“${escapeXml(text)}”</h3>
<p class="static-lead">${reading.kind === 'bytes' ? 'Tokens are bytes. ' : ''}Below each token its loss${meanLoss === null ? '' : `, ${formatValue(meanLoss)} in the mean`}, in nats.</p>
<p class="static-tokens">${cells.join('')}</p>
<table class="static-numbers"><caption>What it expects next</caption><tbody>${expected.join('')}</tbody></table>
</section>`;
}
