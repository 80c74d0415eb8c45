import { svgOf } from '../figure/dynamics.js';
import { drawPanel, type Panel, panelHeight, panelWidth } from '../figure/panel.js';
import { panelWords } from '../figure/panel-words.js';
import { panels } from '../figure/panels.js';
import { escapeXml } from '../figure/svg.js';
import type { Curves } from '../series/curves.js';
import { halfError, oodErrorFall } from '../stats/error-fall.js';
import { formatStep, formatValue } from './format-value.js';
import { staticChoice } from './static-choice.js';
import type { StaticRun } from './static-run.js';

/**
 * The five panels of each run, with the titles of the page. A panel has one axis of values in all runs, as on the page: on an axis
 * of its own the noise of one run would look like the transition of another.
 */
export function staticFigures(runs: readonly StaticRun[]): string {
  const made = runs.map((run) => {
    const choice = staticChoice(run);
    return { run, choice, own: panels.map(({ make }) => make(run.curves, choice)) };
  });
  const ranges = panels.map(({ id }, at) =>
    id === 'z_score' ? rangeOf(made.map(({ own }) => own[at]!)) : ([0, 1] as const),
  );
  return made
    .map(({ run, choice, own }) => {
      const name = run.summary.name;
      const svgs = own.map((panel, at) => {
        const { title, name: measure } = panelWords[panels[at]!.id];
        const pair = panel.lines.find(({ behind }) => behind !== true)?.of ?? undefined;
        const range = ranges[at];
        const worded: Panel = {
          ...panel,
          ...(range === undefined ? {} : { range }),
          title: title(pair),
          caption: `${measure} · ${panel.caption}`,
        };
        return svgOf(
          {
            title: `${name}: ${title(pair)}`,
            width: panelWidth,
            height: panelHeight,
            panels: [{ x: 0, width: panelWidth, marks: drawPanel(worded) }],
          },
          false,
        );
      });
      const caption = `rank ${choice.rank}, match ${choice.method}, relative position ${choice.relPos}`;
      return `<figure class="static-figure ${runs.length === 1 ? 'alone' : 'row'}">
<figcaption><strong>${escapeXml(name)}</strong> · ${caption}. ${escapeXml(summarySentence(run.curves, name))}</figcaption>
${svgs.join('\n')}
</figure>`;
    })
    .join('\n');
}

/** The least and the largest value of a panel over runs; undefined where there is none. */
function rangeOf(all: readonly Panel[]): readonly [number, number] | undefined {
  const values = all.flatMap(({ lines }) =>
    lines.flatMap((line) => Array.from(line.values).filter(Number.isFinite)),
  );
  if (values.length === 0) return undefined;
  return values.reduce<readonly [number, number]>(
    ([low, high], value) => [Math.min(low, value), Math.max(high, value)],
    [values[0]!, values[0]!],
  );
}

/** What happened, in a sentence. */
function summarySentence(curves: Curves, setting: string): string {
  const ood = curves.find({ setting, measure: 'err_ood' });
  const id = curves.find({ setting, measure: 'err_test' });
  if (ood === undefined || id === undefined) return 'No test errors were recorded.';
  const half = oodErrorFall(curves, setting)?.crossing(halfError);
  const end = `At the end ID error is ${formatValue(id.values.at(-1))} and OOD error ${formatValue(ood.values.at(-1))}.`;
  const crosses =
    half === undefined
      ? 'OOD error does not cross one half.'
      : `OOD error crosses one half at step ${formatStep(Math.round(half))}.`;
  return `${crosses} ${end}`;
}
