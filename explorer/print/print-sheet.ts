import { stepsToEmbed } from '../../src/report/choose-steps.js';
import { staticPart } from '../../src/report/static-part.js';
import type { RunSource } from '../source/run-source.js';

/** The sheet that a report prints, of runs as they are on the page now: HTML whose text from files is escaped. */
export function printSheet(sources: readonly RunSource[]): string {
  const [first] = sources;
  if (first === undefined) return '';
  return staticPart(
    sources.map(({ setting, config, curves, blocks, steps, progress, provenance }) => ({
      summary: {
        name: setting,
        config: config ?? null,
        steps: steps.peek(),
        progress: { ...progress.peek(), phase: 'done' },
        provenance: provenance.peek(),
        versions: { errors: 0, measures: 0 },
      },
      curves: curves.peek(),
      blocks: blocks.peek(),
      texts: [],
      steps: stepsToEmbed(
        steps.peek().map(({ step }) => step),
        curves.peek(),
        setting,
      ),
    })),
    first.provenance.peek().version,
  );
}
