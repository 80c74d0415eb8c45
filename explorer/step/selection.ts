import type { RunConfig } from '../../src/run/config.js';
import type { Curves } from '../../src/series/curves.js';
import { rankedPairs } from '../../src/series/pairs.js';
import { choicesOf } from '../../src/step/open-step.js';
import type { RunSource, StepInfo } from '../source/run-source.js';
import { nearestStep, selectedStep, shownSources, stepInfo } from '../state/selection.js';
import type { View } from '../state/view.js';

/** A checkpoint that sets the scale of colours. */
export interface Reference {
  readonly source: RunSource;
  readonly step: number;
}

/** What is opened. */
export interface Selection {
  readonly source: RunSource;
  readonly config: RunConfig;
  readonly info: StepInfo;
  /** The page's step, which this run may have no checkpoint of: then `info` is of the nearest one. */
  readonly wanted: number;
  /** Heads looked at, `0.0>1.0`, or `0.0` in a model of one layer. */
  readonly pair: string;
  /** As the view has them, brought within what the model has. */
  readonly rank: number;
  readonly relPos: number;
  /** The last checkpoints that can be had of this run and of others of its shape: they set the scale of colours for all. */
  readonly references: readonly Reference[];
}

/** Runs whose steps can be opened; the others came as a table, or have saved no checkpoint yet. */
export function openableSources(sources: readonly RunSource[], view: View): RunSource[] {
  return shownSources(sources, view).filter(
    ({ config, steps }) => config !== undefined && steps.value.length > 0,
  );
}

/** What the view selects: of the run in focus, or else of the first that can be opened; undefined where none can. */
export function selectionOf(sources: readonly RunSource[], view: View): Selection | undefined {
  const openable = openableSources(sources, view);
  const source = openable.find(({ setting }) => setting === view.focus.value) ?? openable[0];
  if (source?.config === undefined) return undefined;
  const { config } = source;
  const steps = source.steps.value;
  const selected = selectedStep(sources, view) ?? steps.at(-1)!.step;
  // Another run may have no checkpoint at just this step.
  const info = stepInfo(
    source,
    nearestStep(
      steps.map(({ step }) => step),
      selected,
    ),
  )!;
  const relPos = config.pos === 'rotary' ? view.relPos.value : 0;
  return {
    ...{ source, config, info, relPos, wanted: selected },
    pair: pairOf(source, config, view.pair.value, relPos),
    rank: Math.max(1, Math.min(view.rank.value, config.d_model)),
    references: referencesOf(source, config, openable),
  };
}

/** So many runs share a scale of colours at most: each costs a checkpoint. */
const mostReferences = 8;

function referencesOf(source: RunSource, config: RunConfig, openable: readonly RunSource[]): Reference[] {
  const isAlike = (other: RunConfig | undefined) =>
    other !== undefined &&
    (['d_model', 'vocab_size', 'num_layers', 'num_heads'] as const).every(
      (name) => other[name] === config[name],
    );
  const alike = [source, ...openable.filter((other) => other !== source && isAlike(other.config))];
  return alike.slice(0, mostReferences).flatMap((run) => {
    const last = run.steps.value.findLast(({ status }) => status === 'ready');
    return last === undefined ? [] : [{ source: run, step: last.step }];
  });
}

/** What is opened of one run at its checkpoint next to a step, at the choices of another selection. */
export function selectionOfOther(
  selection: Selection,
  other: RunSource,
  wanted: number,
): Selection | undefined {
  const { config } = other;
  if (config === undefined || other.steps.value.length === 0) return undefined;
  const steps = other.steps.value.map(({ step }) => step);
  const info = stepInfo(other, nearestStep(steps, wanted))!;
  return { ...selection, source: other, config, info, wanted };
}

/** The pair chosen, where this model has it; else the one with the highest z-score at the last step measured. */
function pairOf(source: RunSource, config: RunConfig, wanted: string | null, relPos: number): string {
  const choices = choicesOf(config);
  if (wanted !== null && choices.includes(wanted)) return wanted;
  // A model of one layer has writers alone; any other run's pair names one of them.
  const writer = wanted?.split('>')[0];
  if (config.num_layers === 1 && writer !== undefined && choices.includes(writer)) return writer;
  if (choices.length === 1) return choices[0]!;
  const best = strongestPair(source.curves.value, source.setting, relPos);
  return best !== undefined && choices.includes(best) ? best : choices[0]!;
}

function strongestPair(curves: Curves, setting: string, relPos: number): string | undefined {
  const zScores = curves.all.filter(({ key }) => key.setting === setting && key.measure === 'z_score');
  const here = zScores.filter(({ key }) => key.rel_pos === relPos);
  return rankedPairs(here.length > 0 ? here : zScores.filter(({ key }) => key.rel_pos === 0))[0];
}
