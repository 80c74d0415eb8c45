import { escapeXml } from '../figure/svg.js';
import { figuresOfRuns } from '../figure/sweep-figures.js';
import type { RunConfig } from '../run/config.js';
import { runOf } from '../stats/run-data.js';
import type { StudiedRun } from '../stats/study.js';
import { transitionOf } from '../stats/transition.js';
import { staticChoice } from './static-choice.js';
import type { StaticRun } from './static-part.js';

/**
 * What several runs say together, for the part that needs no script: the figures that `plot` makes of their table, each
 * with its caption. Empty for one run, and for runs that have nothing in common or no config.
 */
export function staticOverRuns(runs: readonly StaticRun[]): string {
  const figures = figuresOfRuns(runs.flatMap(studied));
  if (figures.length === 0) return '';
  const shown = figures.map(
    ({ svg, caption }) => `<figure>\n${svg}\n<figcaption>${escapeXml(caption)}</figcaption>\n</figure>`,
  );
  return `<section class="sheet">
<h2>All runs together</h2>
<div class="over-runs">
${shown.join('\n')}
</div>
</section>`;
}

/** The transition of a run that has a config, at what the other static figures show. */
function studied({ summary, curves }: StaticRun): StudiedRun[] {
  if (summary.config === null) return [];
  const own = curves.all.filter(({ key }) => key.setting === summary.name);
  const choice = staticChoice({ summary, curves });
  const data = runOf(summary.name, summary.config as unknown as RunConfig, own, choice);
  return [{ data, transition: transitionOf(data) }];
}
