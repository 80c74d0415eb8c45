import type { ReadInterventions } from '../causal/read-interventions.js';
import type { FigureFormat } from '../figure/draw-task.js';

/** Splits inputs into tables that `intervene` wrote and the others. */
export async function interventionTables(
  paths: readonly string[],
): Promise<{ interventions: string[]; others: string[] }> {
  const parquet = paths.filter((path) => /\.parquet$/i.test(path));
  if (parquet.length === 0) return { interventions: [], others: [...paths] };
  const { readWhole } = await import('../files/read-whole.js');
  const { isInterventionTable } = await import('../causal/read-interventions.js');
  const interventions = parquet.filter((path) => isInterventionTable(readWhole(path)));
  return { interventions, others: paths.filter((path) => !interventions.includes(path)) };
}

/** Reads tables that `intervene` wrote. @throws InputError */
export async function readInterventions(paths: readonly string[]): Promise<ReadInterventions[]> {
  if (paths.length === 0) return [];
  const { readWhole } = await import('../files/read-whole.js');
  const { parseInterventions } = await import('../causal/read-interventions.js');
  const read: ReadInterventions[] = [];
  for (const path of paths) read.push(...(await parseInterventions(readWhole(path), path)));
  return read;
}

/** Draws the figures of tables that `intervene` wrote. @returns paths of the files written   @throws InputError */
export async function plotInterventions(
  paths: readonly string[],
  formats: readonly FigureFormat[],
  out: string,
): Promise<string[]> {
  if (paths.length === 0) return [];
  const { interventionFigures } = await import('../figure/interventions/intervention-figures.js');
  const { drawInterventionFigures } = await import('../figure/interventions/draw-intervention-figures.js');
  const drawn: string[] = [];
  for (const { setting, architecture, results } of await readInterventions(paths)) {
    const { layers, heads, width } = architecture;
    const figures = interventionFigures(results, { setting, grid: { layers, heads }, width });
    drawn.push(...(await drawInterventionFigures(figures, setting, formats, out)));
  }
  return drawn;
}
