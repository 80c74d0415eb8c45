import { InputError } from '../errors.js';
import { checkConfig, modelTypeOf } from '../run/config.js';
import { errorMeasures } from '../run/error-curves.js';
import { type Curve, curvesOf } from '../series/curves.js';
import { type Table, TableBuilder } from '../series/table.js';
import { schemaVersion, type TableMetadata } from '../tables/meta.js';
import { writeParquet } from '../tables/parquet.js';
import type { RunSummary, ServedRun, TablePart } from './served-run.js';

/**
 * The settings of a table as runs to look at: all numbers are there, no weights.
 * @param file the table, named to the reader
 */
export function runsOfTable(
  table: Table,
  metadata: TableMetadata | undefined,
  file: string,
  version: string,
): ServedRun[] {
  const bySetting = new Map<string, Curve[]>();
  for (const curve of curvesOf(table).all) {
    const own = bySetting.get(curve.key.setting);
    if (own === undefined) bySetting.set(curve.key.setting, [curve]);
    else own.push(curve);
  }
  return [...bySetting].map(([name, curves]) => {
    const record =
      metadata !== undefined && Object.hasOwn(metadata.runs, name) ? metadata.runs[name] : undefined;
    const errors = new Set<string>(errorMeasures);
    const tables = new Map<TablePart, Uint8Array<ArrayBuffer>>();
    const runs = record === undefined ? {} : { [name]: record };
    const steps = new Set<number>();
    for (const { key, steps: own } of curves) {
      if (!errors.has(key.measure)) for (const step of own) if (!Number.isNaN(step)) steps.add(step);
    }
    const lastStep = curves.reduce((last, { steps: own }) => own.reduce((a, b) => (b > a ? b : a), last), 0);
    const config = record === undefined ? null : configOf(record.config, file);
    const made = metadata?.bridgescope ?? version;
    const summary: RunSummary = {
      name,
      config,
      steps: [...steps]
        .sort((a, b) => a - b)
        .map((step) => ({
          step,
          status: 'absent',
          message: `${file} holds numbers, not weights; open the run folder`,
        })),
      progress: {
        phase: 'done',
        measured: steps.size,
        checkpoints: steps.size,
        lastStep,
        endStep: undefined,
      },
      provenance: {
        version: made,
        config: record?.config ?? {},
        checkpoints: record?.checkpoints ?? {},
        notes: record === undefined ? [`${file} does not say what config its runs had`] : [],
      },
      versions: { errors: 1, measures: 1 },
    };
    const build = (part: TablePart): Uint8Array<ArrayBuffer> => {
      const builder = new TableBuilder();
      for (const { key, steps: own, values } of curves) {
        if (part !== 'all' && errors.has(key.measure) !== (part === 'errors')) continue;
        if (Number.isNaN(own[0])) {
          for (const value of values)
            builder.append({ ...key, step: null, value: Number.isNaN(value) ? null : value });
        } else builder.appendCurve(key, own, values);
      }
      return writeParquet(builder.build(), { schema_version: schemaVersion, bridgescope: made, runs });
    };
    return {
      name,
      summary: () => summary,
      table: (part) => {
        const bytes = tables.get(part) ?? build(part);
        tables.set(part, bytes);
        return bytes;
      },
      checkpoint: (step) => {
        throw new InputError(
          `${name}: step ${step}: ${file} holds numbers, not weights; open the run folder instead`,
        );
      },
      sequences: () => undefined,
    };
  });
}

function configOf(config: Readonly<Record<string, unknown>>, file: string): RunSummary['config'] {
  // A model's config would be read as that of a run without options.
  if (modelTypeOf(config) !== undefined) return null;
  try {
    return checkConfig(config, file).config;
  } catch {
    return null;
  }
}
