import { escapeXml } from '../figure/svg.js';
import { figuresOfRuns } from '../figure/sweep-figures.js';
import type { RunConfig } from '../run/config.js';
import { type KnownRun, runsTogether } from './runs-together.js';
import { staticChoice } from './static-choice.js';
import type { StaticRun } from './static-run.js';

/**
 * The comparison of several runs, for the part that needs no script: the figures that `plot` makes of their table, each
 * with its caption. Empty for one run, and for runs that have nothing in common or no config.
 */
export function staticOverRuns(runs: readonly StaticRun[]): string {
  const { studied, leftOut } = runsTogether(runs.map(known));
  const figures = figuresOfRuns(studied);
  if (figures.length === 0) return '';
  const shown = figures.map(
    ({ svg, caption }) => `<figure>\n${svg}\n<figcaption>${escapeXml(caption)}</figcaption>\n</figure>`,
  );
  return `<section class="sheet">
<h2>All runs together</h2>
${leftOut === '' ? '' : `<p class="left-out">${escapeXml(leftOut)}</p>\n`}<div class="over-runs">
${shown.join('\n')}
</div>
</section>`;
}

function known({ summary, curves }: StaticRun): KnownRun {
  return {
    name: summary.name,
    config: (summary.config as unknown as RunConfig | null) ?? undefined,
    curves,
    progress: summary.progress,
    selection: staticChoice({ summary, curves }),
  };
}
