import type { MeasureKey } from '../measures/measure.js';
import type { Baseline } from '../measures/random-baseline.js';
import { type ErrorMeasure, errorMeasures } from '../run/error-curves.js';
import { appendRun } from '../series/assemble.js';
import { type Table, TableBuilder } from '../series/table.js';
import { checkpointName } from '../train/run-files.js';
import type { LabEvent } from './events.js';

/** What a page keeps of a run it trains: the run folder in memory, and every number measured. */
export class LabRecord {
  /** The files of the run folder by name, at any time as an interrupted `bridgescope train` would have left them. */
  readonly files = new Map<string, Uint8Array<ArrayBuffer>>();
  /** Steps whose checkpoints were kept, in order. */
  readonly steps: number[] = [];
  private readonly values: Float64Array[] = [];
  private keys: readonly MeasureKey[] = [];
  private baselines: ReadonlyMap<number, Baseline> = new Map();
  private readonly evaluated: { step: number; values: Readonly<Record<ErrorMeasure, number>> }[] = [];

  take(event: LabEvent): void {
    if (event.kind === 'file') this.files.set(event.name, event.bytes);
    else if (event.kind === 'baselines') this.baselines = event.baselines;
    else if (event.kind === 'evaluated') this.evaluated.push(event);
    else if (event.kind === 'measured') {
      this.keys = event.keys;
      this.steps.push(event.step);
      this.values.push(event.values);
    }
  }

  /** Bytes of a checkpoint. @throws Error when the step has none */
  checkpoint(step: number): Uint8Array<ArrayBuffer> {
    const bytes = this.files.get(checkpointName(step, 'pt'));
    if (bytes === undefined) throw new Error(`step ${step} has no checkpoint in this page`);
    return bytes;
  }

  /** The last evaluation; undefined before the first. */
  lastEvaluation(): Readonly<Record<ErrorMeasure, number>> | undefined {
    return this.evaluated.at(-1)?.values;
  }

  /** Everything measured so far, as `measure` would make it of the run folder. */
  table(setting: string): Table {
    const builder = new TableBuilder();
    const { evaluated } = this;
    appendRun(builder, {
      setting,
      steps: this.steps,
      keys: this.keys,
      values: this.values,
      baselines: this.baselines,
      errors: {
        steps: Int32Array.from(evaluated, ({ step }) => step),
        lastStep: evaluated.at(-1)?.step ?? 0,
        isCut: false,
        values: new Map(
          errorMeasures.map((measure) => [
            measure,
            Float64Array.from(evaluated, ({ values }) => values[measure]),
          ]),
        ),
      },
    });
    return builder.build();
  }
}
