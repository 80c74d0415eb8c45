import { type BaselineDraws, baselineDraws, baselineTail } from '../measures/random-baseline.js';
import { type ChangePoint, changePoints } from './change-points.js';
import { type CopyError, type CopyErrorSource, copyErrorOf } from './copy-error.js';
import { errorFall, halfError } from './error-fall.js';
import { fitLogisticCurve } from './logistic-curve.js';
import { type RunData, type Series, type TrackedMeasure, trackedMeasures } from './run-data.js';

/** When and how an error falls. */
export interface ErrorDrop {
  readonly source: CopyErrorSource;
  /** Step at which the error falls through one half; null where it does not. */
  readonly step: number | null;
  /** Steps at which it falls through 90 % and 10 %. */
  readonly onset: number | null;
  readonly end: number | null;
  /** Factor by which steps grow while a fitted logistic curve goes from 10 % to 90 % of its drop; null without a drop. */
  readonly width: number | null;
  /** The last value. */
  readonly final: number;
}

/** When a measure changes for good. */
export interface MeasureChange {
  /** Step at which half of the change is done, by a logistic curve on log step; null where nothing changed. */
  readonly step: number | null;
  readonly width: number | null;
  /** ln(step of the change / step at which the OOD error crosses one half): below 0 the measure leads. */
  readonly lag: number | null;
  /** Steps of the checkpoints after which the level is another, with the jump of the mean. */
  readonly changePoints: readonly { readonly step: number; readonly jump: number }[];
  readonly final: number;
}

/** A match score against what unrelated subspaces score. */
export interface MatchAgainstChance {
  readonly step: number;
  readonly score: number;
  /** How likely unrelated subspaces score as high; at least 1/2001. */
  readonly tail: number;
}

/** What the statistics say of one run. */
export interface RunTransition {
  readonly setting: string;
  readonly ood: ErrorDrop | null;
  readonly id: ErrorDrop | null;
  /** Whether the run came to the end that its config announces; one that is still training says nothing of its end. */
  readonly finished: boolean;
  /** Whether the last OOD error is below one half; null where the run has no OOD error, or is not finished. */
  readonly generalises: boolean | null;
  readonly changes: Readonly<Partial<Record<TrackedMeasure, MeasureChange>>>;
  /** At the last checkpoint before the OOD error falls below 90 %; null where it does not fall. */
  readonly matchBefore: MatchAgainstChance | null;
  /** At the last checkpoint. */
  readonly matchAfter: MatchAgainstChance | null;
}

/** In which direction a measure moves when the layers begin to work together. */
const directions: Readonly<Record<TrackedMeasure, 1 | -1>> = {
  z_score: 1,
  qk_ov_match: 1,
  mismatch_ratio: -1,
};

/** Share of the announced steps after which a run counts as finished: some folders lack their last checkpoints. */
const enough = 0.9;

/** A logistic curve that explains less of the variance than this is no description of the curve. */
const leastExplained = 0.5;

/**
 * Everything about one run's transition: when its errors fall, when each measure changes, who leads, and how the match of
 * subspaces stands against chance.
 */
export function transitionOf(run: RunData): RunTransition {
  const oodError = copyErrorOf(run, 'ood');
  const idError = copyErrorOf(run, 'test');
  const ood = oodError === undefined ? null : dropOf(oodError);
  const lastStep = Math.max(oodError?.steps.at(-1) ?? 0, run.match.steps.at(-1) ?? 0);
  const finished = lastStep >= enough * run.config.num_epoch;
  const id = idError === undefined ? null : dropOf(idError);
  const changes: Partial<Record<TrackedMeasure, MeasureChange>> = {};
  for (const measure of trackedMeasures) {
    const series = run.measures.get(measure);
    if (series === undefined || series.values.length === 0) continue;
    changes[measure] = changeOf(series, directions[measure], ood?.step ?? null);
  }
  const after = run.match.values.length - 1;
  const before = ood?.onset == null ? -1 : run.match.steps.findLastIndex((step) => step <= ood.onset!);
  return {
    setting: run.setting,
    ood,
    id,
    finished,
    generalises: ood === null || !finished ? null : ood.final < halfError,
    changes,
    matchBefore: before < 0 ? null : againstChance(run, before),
    matchAfter: after < 0 ? null : againstChance(run, after),
  };
}

/** When an error falls: the crossings are those of its antitonic fit. */
export function dropOf({ steps, values, source }: CopyError): ErrorDrop {
  const fall = errorFall(steps, values);
  const step = fall.crossing(halfError) ?? null;
  const curve = step === null ? undefined : fitLogisticCurve(steps, values);
  return {
    source,
    step,
    onset: fall.crossing(0.9) ?? null,
    end: fall.crossing(0.1) ?? null,
    width: curve !== undefined && curve.after < curve.before ? curve.width : null,
    final: values.at(-1)!,
  };
}

/**
 * When a measure changes in its direction. Change points (PELT) decide whether it does; a logistic curve says when, finer
 * than checkpoints are apart. What comes after the extreme is held at it: the match overshoots, and its slow decline is not
 * part of the rise.
 */
export function changeOf(
  { steps, values }: Series,
  direction: 1 | -1,
  oodStep: number | null,
): MeasureChange {
  const points = changePoints(values);
  const moves = points.some(({ jump }) => jump * direction > 0);
  const curve = moves ? fitLogisticCurve(steps, heldAtExtreme(values, direction)) : undefined;
  const found =
    curve !== undefined && (curve.after - curve.before) * direction > 0 && curve.explained >= leastExplained
      ? curve
      : undefined;
  return {
    step: found?.midpoint ?? null,
    width: found?.width ?? null,
    lag: found === undefined || oodStep === null ? null : Math.log(found.midpoint / oodStep),
    changePoints: points.map(({ at, jump }: ChangePoint) => ({ step: steps[at]!, jump })),
    final: values.at(-1)!,
  };
}

function heldAtExtreme(values: Float64Array, direction: 1 | -1): Float64Array {
  let extreme = 0;
  for (let at = 1; at < values.length; at++) {
    if ((values[at]! - values[extreme]!) * direction > 0) extreme = at;
  }
  return values.slice().fill(values[extreme]!, extreme);
}

const drawsByShape = new Map<string, BaselineDraws>();

function againstChance({ match, rank, method, config }: RunData, at: number): MatchAgainstChance {
  const name = `${config.d_model} ${rank}`;
  const draws = drawsByShape.get(name) ?? baselineDraws(config.d_model, rank);
  drawsByShape.set(name, draws);
  const score = match.values[at]!;
  return { step: match.steps[at]!, score, tail: baselineTail(draws[method], score) };
}
