import { openWorkers } from '../threads/workers.js';
import type { Drawing, DrawTask, FigureFormat } from './draw-task.js';
import work from './draw-worker.js';

/** How figures are written. */
export interface WriteOptions {
  readonly formats: readonly FigureFormat[];
  /** Folder of results. */
  readonly out: string;
  readonly jobs: number;
  /** Called when files are written. */
  readonly onProgress?: (done: number, total: number) => void;
  /** Stops early: figures that are not begun are left out. */
  readonly signal?: AbortSignal;
}

/** Below this, starting another thread costs more than it saves. */
const fewestPerWorker = 2;

/**
 * Writes figures over worker threads; each file appears whole or not at all.
 * @param tasks each makes the figures that one thread draws together, so that they share panels
 * @param total how many figures the tasks make
 * @returns paths of the files written, in the order of the tasks; those left out when the signal was aborted are missing
 * @throws InputError when the disk does not take a file
 */
export async function writeFigures(
  tasks: readonly (() => readonly Drawing[])[],
  total: number,
  { formats, jobs, onProgress, signal }: WriteOptions,
): Promise<string[]> {
  const threads = formats.every((format) => format === 'svg')
    ? 1
    : Math.min(jobs, tasks.length, Math.ceil(total / fewestPerWorker));
  const workers = openWorkers<DrawTask, void>(threads, new URL('./draw-worker.js', import.meta.url), work);
  const files = total * formats.length;
  try {
    let done = 0;
    const written = await Promise.all(
      tasks.map(async (make) => {
        const drawings = make();
        try {
          await workers.perform({ drawings }, signal);
        } catch (error) {
          if (signal?.aborted === true) return [];
          throw error;
        }
        done += drawings.length * formats.length;
        onProgress?.(done, files);
        return drawings.flatMap((drawing) => drawing.files.map(({ path }) => path));
      }),
    );
    return written.flat();
  } finally {
    await workers.close();
  }
}
