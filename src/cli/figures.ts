import type { FigureFormat } from '../figure/draw-task.js';
import type { ModelFigureChoice } from '../figure/model/model-figures.js';
import type { Choice } from '../figure/panels.js';
import type { Block } from '../series/blocks.js';
import type { Curves } from '../series/curves.js';
import { wordList } from './options.js';
import { startProgress } from './progress.js';

/** What `measure` and `plot` know about figures. */
export interface FigureJob {
  /** Called when there is anything to draw. */
  readonly curves: () => Curves;
  readonly choices: readonly Choice[];
  /** Called when there are models to draw. */
  readonly blocks: () => readonly Block[];
  readonly models: readonly ModelFigureChoice[];
  readonly formats: readonly FigureFormat[];
  readonly out: string;
  readonly jobs: number;
  readonly quiet: boolean;
  readonly signal: AbortSignal;
}

/** Reads `--figures`. @throws UsageError */
export function figureFormats(text: string): FigureFormat[] {
  return wordList(text, ['png', 'svg', 'pdf'] as const, '--figures');
}

/** Reads `--match`. @throws UsageError */
export function matchMethods(text: string): Choice['method'][] {
  return wordList(text, ['mean', 'largest'] as const, '--match');
}

/** Draws figures with a progress bar. @returns paths of the files written */
export async function draw(job: FigureJob): Promise<string[]> {
  const { choices, models, formats, out, jobs, quiet, signal } = job;
  if (formats.length === 0) return [];
  let progress: ReturnType<typeof startProgress> | undefined;
  const options = {
    ...{ formats, out, jobs, signal },
    onProgress: (done: number, total: number) => {
      progress ??= startProgress('drawing', 'figures', total, quiet);
      progress.update(done);
    },
  };
  const stop = () => {
    progress?.stop();
    progress = undefined;
  };
  const drawn: string[] = [];
  if (choices.length > 0 && !signal.aborted) {
    const { drawFigures } = await import('../figure/draw-figures.js');
    drawn.push(...(await drawFigures(job.curves(), { ...options, choices }).finally(stop)));
  }
  if (models.length > 0 && !signal.aborted) {
    const { drawModelFigures } = await import('../figure/model/draw-model-figures.js');
    drawn.push(...(await drawModelFigures(job.blocks(), models, options).finally(stop)));
  }
  return drawn;
}

/** Folders that hold the given files, each with how many. */
export function describeFigures(paths: readonly string[]): string[] {
  const folders = new Map<string, number>();
  for (const path of paths) {
    const folder = path.replace(/[/\\][^/\\]*$/, '');
    folders.set(folder, (folders.get(folder) ?? 0) + 1);
  }
  return [...folders].map(([folder, count]) => `${folder}  ${count} ${count === 1 ? 'figure' : 'figures'}`);
}
