import { join } from 'node:path';
import type { Curves } from '../series/curves.js';
import type { Drawing } from './draw-task.js';
import { figureMaker } from './dynamics.js';
import { figureFile } from './file-name.js';
import type { Choice } from './panels.js';
import { type WriteOptions, writeFigures } from './write-figures.js';

/** What to draw, and where. */
export interface DrawOptions extends WriteOptions {
  readonly choices: readonly Choice[];
}

/** Figures a task has: enough to share panels, few enough that workers end together. */
const figuresPerTask = 8;

/**
 * Draws the five-panel figures into files, over worker threads; each file appears whole or not at all.
 * @returns paths of the files written, in the order of the choices; those left out when the signal was aborted are missing
 * @throws InputError when the disk does not take a file
 */
export async function drawFigures(curves: Curves, options: DrawOptions): Promise<string[]> {
  const { choices, formats, out, jobs } = options;
  const make = figureMaker(curves);
  const tasks = tasksOf(choices, jobs).map(
    (task) => () =>
      task.map(
        (choice): Drawing => ({
          figure: make(choice),
          files: formats.map((format) => ({ format, path: join(out, figureFile(choice, format)) })),
        }),
      ),
  );
  return writeFigures(tasks, choices.length, options);
}

function tasksOf(choices: readonly Choice[], jobs: number): Choice[][] {
  const size = Math.max(1, Math.min(figuresPerTask, Math.ceil(choices.length / (2 * jobs))));
  const tasks: Choice[][] = [];
  for (let from = 0; from < choices.length; from += size) tasks.push(choices.slice(from, from + size));
  return tasks;
}
