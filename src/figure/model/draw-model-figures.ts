import { join } from 'node:path';
import type { Block } from '../../series/blocks.js';
import type { Drawing } from '../draw-task.js';
import { pathSafe } from '../file-name.js';
import { type WriteOptions, writeFigures } from '../write-figures.js';
import { type ModelFigureChoice, modelFigures } from './model-figures.js';

/**
 * Draws the figures of models of many heads as `heads_{setting}/{name}.{png|svg|pdf}` below a folder, over worker threads.
 * @returns paths of the files written; those left out when the signal was aborted are missing
 * @throws InputError when the disk does not take a file
 */
export async function drawModelFigures(
  blocks: readonly Block[],
  choices: readonly ModelFigureChoice[],
  options: WriteOptions,
): Promise<string[]> {
  const drawings = choices.flatMap((choice) =>
    modelFigures(blocks, choice).map(
      ({ name, figure }): Drawing => ({
        figure,
        files: options.formats.map((format) => ({
          format,
          path: join(options.out, `heads_${pathSafe(choice.setting)}`, `${name}.${format}`),
        })),
      }),
    ),
  );
  return writeFigures(
    drawings.map((drawing) => () => [drawing]),
    drawings.length,
    options,
  );
}
