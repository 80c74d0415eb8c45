import { availableParallelism } from 'node:os';
import { blocksOf } from '../series/blocks.js';
import { curvesOf } from '../series/curves.js';
import type { Table } from '../series/table.js';
import { drawFigures } from './draw-figures.js';
import { drawModelFigures } from './model/draw-model-figures.js';
import { figuresOfTable, type TableChoice } from './table-figures.js';
import type { WriteOptions } from './write-figures.js';

/**
 * Draws what a table has: the five panels of runs, the maps and circuits of models, into files below a folder.
 * @param options unless given: PNG, below `bridgescope-out`, every rank and relative position, the mean of the cosines, all cores
 * @returns paths of the files written
 * @throws UsageError for ranks and relative positions that the table does not hold; InputError when the disk does not take a file
 */
export async function draw(
  table: Table,
  options: Partial<WriteOptions & TableChoice> = {},
): Promise<string[]> {
  const { ranks, relPos, methods = ['mean'], ...given } = options;
  const writing: WriteOptions = {
    ...{ formats: ['png'], out: 'bridgescope-out', jobs: availableParallelism() },
    ...given,
  };
  const [curves, blocks] = [curvesOf(table), blocksOf(table)];
  const settings = [...new Set(blocks.map(({ key }) => key.setting))];
  const { choices, models } = figuresOfTable(
    { curves, blocks },
    settings,
    { ranks, relPos, methods },
    'the table',
  );
  return [
    ...(await drawFigures(curves, { ...writing, choices })),
    ...(await drawModelFigures(blocks, models, writing)),
  ];
}
