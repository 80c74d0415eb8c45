import { join } from 'node:path';
import type { FoundCircuit } from '../behaviour/circuit.js';
import type { CircuitContext } from '../behaviour/circuit-csv.js';
import type { HeadsAtStep } from '../behaviour/model-heads.js';
import { InputError } from '../errors.js';
import type { FigureFormat } from '../figure/draw-task.js';
import type { NamedFigure } from '../figure/render.js';
import { headName } from '../model/heads.js';
import type { OpenedModel } from '../run/open-model.js';
import type { RunRecord } from '../series/measure-runs.js';
import type { TableFormat } from '../tables/save.js';
import { tell } from './exit.js';
import { describeFigures } from './figures.js';
import { version } from './version.js';

/** What heads do, and what follows from it. */
export interface HeadFindings {
  readonly model: OpenedModel;
  /** In order, at least one. */
  readonly steps: readonly HeadsAtStep[];
  /** Of the last step. */
  readonly circuit: FoundCircuit | undefined;
  readonly plan: { readonly rank: number; readonly t: number };
}

/** Heads that have a line over training, and pairs that have an edge in the circuit. */
const mostLines = 6;
const mostEdges = 12;

/** A kind of heads of which none ever attends so much is not drawn over training. */
const leastDrawn = 0.05;

/** Where it goes. */
export interface HeadFiles {
  readonly out: string;
  readonly tables: readonly TableFormat[];
  readonly figures: readonly FigureFormat[];
}

/** Writes the table, the circuit and the figures, and says where. @throws InputError when the disk does not take them */
export async function writeHeadFiles(findings: HeadFindings, { out, tables, figures }: HeadFiles) {
  await writeTable(findings, out, tables);
  const { pathSafe } = await import('../figure/file-name.js');
  const folder = join(out, `heads_${pathSafe(findings.model.name)}`);
  if (findings.circuit !== undefined && findings.circuit.pairs.length > 0) {
    const { circuitCsv } = await import('../behaviour/circuit-csv.js');
    const { writeFileAtomically } = await import('../files/atomic-file.js');
    const path = join(folder, 'circuit.csv');
    writeFileAtomically(path, circuitCsv(findings.circuit, contextOf(findings)));
    tell(`${path}  ${findings.circuit.pairs.length} pairs`);
  }
  if (figures.length === 0) return;
  const drawings = (await figuresOf(findings)).map(({ name, figure }) => ({
    figure,
    files: figures.map((format) => ({ format, path: join(folder, `${name}.${format}`) })),
  }));
  const { writeFigures } = await import('../figure/write-figures.js');
  const paths = await writeFigures([() => drawings], drawings.length, { formats: figures, out, jobs: 1 });
  for (const line of describeFigures(paths)) tell(line);
}

/**
 * The rows join a table that is there already, so that what heads do stands beside what was measured of them; rows of
 * an earlier `heads` are replaced.
 */
async function writeTable({ model, steps }: HeadFindings, out: string, formats: readonly TableFormat[]) {
  const { TableBuilder } = await import('../series/table.js');
  const { appendCurves } = await import('../series/append-curves.js');
  const { appendHeadRows, behaviourMeasures } = await import('../behaviour/head-rows.js');
  const { openTable, savedTables, saveTable } = await import('../tables/save.js');
  const { tableMetadata } = await import('../tables/meta.js');
  const { isSameModel } = await import('../tables/same-model.js');
  const builder = new TableBuilder();
  const [before] = savedTables(out);
  let runs: Readonly<Record<string, RunRecord>> = {};
  if (before !== undefined) {
    const { table, metadata } = await openTable(before);
    runs = metadata?.runs ?? {};
    const record = runs[model.name];
    if (record !== undefined && !isSameModel(record, model.config)) {
      throw new InputError(
        `${before}: holds ${model.name} of another model; choose another --out, or another name with NAME=PATH`,
      );
    }
    appendCurves(
      builder,
      table,
      ({ setting, measure }) => setting !== model.name || !behaviourMeasures.has(measure),
    );
  }
  appendHeadRows(builder, model.name, model.architecture, steps);
  const table = builder.build();
  const own = runs[model.name] ?? { config: model.config as RunRecord['config'], checkpoints: {} };
  const metadata = tableMetadata(version, { ...runs, [model.name]: own });
  for (const path of saveTable(table, metadata, out, formats)) {
    tell(path.endsWith('.meta.json') ? path : `${path}  ${table.length} rows`);
  }
}

function contextOf({ model, steps, plan }: HeadFindings): CircuitContext {
  const { scores, step } = steps.at(-1)!;
  return { grid: model.architecture, scores, step: step.step, ...plan };
}

async function figuresOf({ model, steps, circuit, plan }: HeadFindings): Promise<NamedFigure[]> {
  const { drawHeadGrids } = await import('../figure/model/head-grids.js');
  const { drawCircuit } = await import('../figure/model/circuit.js');
  const { drawPairsOverTraining } = await import('../figure/model/pairs-over-training.js');
  const { strongestHeads } = await import('../behaviour/circuit.js');
  const grid = model.architecture;
  const { scores, step } = steps.at(-1)!;
  const setting = step.step === null ? model.name : `${model.name}, step ${step.step}`;
  const kinds = [
    { name: 'previous_token', measure: 'Previous token', of: (one: HeadsAtStep) => one.scores.previousToken },
    { name: 'induction', measure: 'Induction', of: (one: HeadsAtStep) => one.scores.induction },
    {
      name: 'duplicate_token',
      measure: 'Duplicate token',
      of: (one: HeadsAtStep) => one.scores.duplicateToken,
    },
  ] as const;
  const figures: NamedFigure[] = [
    {
      name: 'behaviour',
      figure: drawHeadGrids({
        ...{ setting, grid },
        panels: kinds.map(({ measure, of }) => ({
          ...{ measure, details: '', values: of(steps.at(-1)!), signed: false },
        })),
      }),
    },
  ];
  for (const { name, measure, of } of kinds) {
    if (!steps.some((one) => of(one).some((value) => value >= leastDrawn))) continue;
    const strongest = strongestHeads(of(steps.at(-1)!), mostLines);
    const figure = drawPairsOverTraining({
      ...{ setting: model.name, measure, details: 'mean attention', of: 'heads' },
      steps: Float64Array.from(steps, ({ step: { step: number } }) => number ?? Number.NaN),
      pairs: strongest.map((head) => ({
        name: headName(grid, head),
        values: Float64Array.from(steps, (one) => of(one)[head]!),
      })),
      total: grid.layers * grid.heads,
    });
    if (figure !== undefined) figures.push({ name: `${name}_over_training`, figure });
  }
  const { readers = [], writers = [], pairs = [] } = circuit ?? {};
  const found = drawCircuit({
    ...{ setting, grid },
    details: `${pairs.length > mostEdges ? `the ${mostEdges} strongest pairs of ` : ''}previous-token and induction heads, rank ${plan.rank}, rel_pos ${String(plan.t).replace('-', '−')}`,
    edges: pairs.slice(0, mostEdges).map(({ writer, reader, zScore, match, kComposition }) => ({
      ...{ writer, reader, zScore: zScore.value, match: match.value },
      ...{ kComposition: kComposition.value, q: match.q },
    })),
    behaviours: [...readers, ...writers].map((head) => ({
      ...{ head, previousToken: scores.previousToken[head]!, induction: scores.induction[head]! },
      duplicateToken: scores.duplicateToken[head]!,
    })),
  });
  if (found !== undefined) figures.push({ name: 'circuit', figure: found });
  return figures;
}
