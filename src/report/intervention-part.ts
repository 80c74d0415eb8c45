import type { ReadInterventions } from '../causal/read-interventions.js';
import { darkFigureRules } from '../figure/dark-inks.js';
import { type Figure, svgOf } from '../figure/dynamics.js';
import { interventionFigures } from '../figure/interventions/intervention-figures.js';
import { escapeXml } from '../figure/svg.js';
import { isMap } from './is-map.js';

/**
 * What edits of the weights did, as figures that need no script: seen below the page, and printed. Empty without such
 * figures. All text from tables is escaped.
 */
export function interventionPart(models: readonly ReadInterventions[]): string {
  const shown = models.flatMap(({ setting, architecture: { layers, heads, width }, results }) =>
    interventionFigures(results, { setting, grid: { layers, heads }, width }).map(
      ({ name, figure }) => `<figure class="intervention-figure">
<figcaption><strong>${escapeXml(setting)}</strong> · ${captions[name.replace(/_\d+$/, '')] ?? ''}</figcaption>
<div class="${isMap(figure) ? 'intervention-map' : 'intervention-charts'}">${chartsOf(figure).join('\n')}</div>
</figure>`,
    ),
  );
  if (shown.length === 0) return '';
  return `<section class="interventions" id="interventions">
<style>@media screen { ${darkFigureRules(':root[data-theme="dark"] .intervention-charts svg')} }
@media screen and (prefers-color-scheme: dark) { ${darkFigureRules(':root:not([data-theme]) .intervention-charts svg')} }</style>
<h2>What the model does without</h2>
<p class="static-lead">Weights were edited and errors counted again, beside random edits of the same size (bands).</p>
${shown.join('\n')}
</section>`;
}

/** The panels of a figure, one by one: in a page they need not stand in one row. */
function chartsOf(figure: Figure): string[] {
  if (isMap(figure)) return [svgOf(figure, false)];
  return figure.panels.map((panel) => {
    return svgOf({ ...figure, width: panel.width, panels: [{ ...panel, x: 0 }] }, false);
  });
}

const captions: Readonly<Record<string, string>> = {
  error_by_rank: 'Keys and outputs that keep, or lose, r dimensions of the bridge.',
  edits_over_training:
    'When does the model need the bridge, and when is the bridge enough? Beside it the match and the z-score of the same pair of heads.',
  removed_heads: 'Heads removed.',
  transplant_map: 'A layer of step A under the rest of step B.',
};
