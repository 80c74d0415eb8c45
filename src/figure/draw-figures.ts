import { join } from 'node:path';
import type { Curves } from '../series/curves.js';
import { openWorkers } from '../series/workers.js';
import type { Drawing, DrawTask, FigureFormat } from './draw-task.js';
import work from './draw-worker.js';
import { figureMaker } from './dynamics.js';
import { figureFile } from './file-name.js';
import type { Choice } from './panels.js';

/** What to draw, and where. */
export interface DrawOptions {
  readonly choices: readonly Choice[];
  readonly formats: readonly FigureFormat[];
  /** Folder of results. */
  readonly out: string;
  readonly jobs: number;
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

/** Figures a task has: enough to share panels, few enough that workers end together. */
const figuresPerTask = 8;

/** Below this, starting another thread costs more than it saves. */
const fewestPerWorker = 2;

/**
 * Draws figures into files, over worker threads; each file appears whole or not at all.
 * @returns paths of the files written, in the order of the choices; those left out when the signal was aborted are missing
 * @throws InputError when the disk does not take a file
 */
export async function drawFigures(
  curves: Curves,
  { choices, formats, out, jobs, onProgress, signal }: DrawOptions,
): Promise<string[]> {
  const make = figureMaker(curves);
  const total = choices.length * formats.length;
  const tasks = tasksOf(choices, jobs);
  const threads = formats.every((format) => format === 'svg')
    ? 1
    : Math.min(jobs, tasks.length, Math.ceil(choices.length / fewestPerWorker));
  const workers = openWorkers<DrawTask, void>(threads, new URL('./draw-worker.js', import.meta.url), work);
  try {
    let done = 0;
    const written = await Promise.all(
      tasks.map(async (task) => {
        const drawings = task.map(
          (choice): Drawing => ({
            figure: make(choice),
            files: formats.map((format) => ({ format, path: join(out, figureFile(choice, format)) })),
          }),
        );
        try {
          await workers.perform({ drawings }, signal);
        } catch (error) {
          if (signal?.aborted === true) return [];
          throw error;
        }
        done += task.length * formats.length;
        onProgress?.(done, total);
        return drawings.flatMap(({ files }) => files.map(({ path }) => path));
      }),
    );
    return written.flat();
  } finally {
    await workers.close();
  }
}

function tasksOf(choices: readonly Choice[], jobs: number): Choice[][] {
  const size = Math.max(1, Math.min(figuresPerTask, Math.ceil(choices.length / (2 * jobs))));
  const tasks: Choice[][] = [];
  for (let from = 0; from < choices.length; from += size) tasks.push(choices.slice(from, from + size));
  return tasks;
}
