import type { BridgeValues } from '../causal/bridge-values.js';
import type { InterventionClaim } from '../causal/claims.js';
import type { IntervenedModel } from '../causal/intervened-model.js';
import { resultJson } from '../causal/result-json.js';
import { linesOfResults } from '../causal/result-lines.js';
import { resultsOf } from '../causal/summary.js';
import {
  claimedEdits,
  type InterventionVerdict,
  verdictsOfModel,
  verdictsOfRuns,
} from '../causal/verdicts.js';
import { shown, shownBound, shownInterval } from '../evidence/numbers.js';
import type { RunConfig } from '../run/config.js';
import type { OpenedModel } from '../run/open-model.js';
import { tell } from './exit.js';

/** What edits did at the last step of each model, as tables. */
export function tellResults(studied: readonly IntervenedModel[]): void {
  for (const { grid, outcomes } of studied) {
    for (const line of linesOfResults(resultsOf(outcomes), grid)) tell(line);
  }
}

/**
 * What edits did, as JSON: a list of all of them; of a check of one edit its numbers alone, without the unedited model beside
 * it.
 */
export function resultsJson(
  studied: readonly IntervenedModel[],
  isCheck: boolean,
  bridge: BridgeValues = () => undefined,
): string {
  const all = studied.flatMap(({ grid, outcomes }) =>
    resultsOf(outcomes).map((result) => ({ result, grid })),
  );
  const edits = all.filter(({ result }) => result.edit.kind !== 'none');
  const [only] = edits;
  if (isCheck && edits.length === 1 && only !== undefined) {
    const { result, grid } = only;
    const { control } = resultJson(result, grid);
    const values = bridge(result);
    return `${JSON.stringify({
      ...result.judgement,
      ...(values && { singular_values: values }),
      ...(control !== undefined && { control }),
    })}\n`;
  }
  return `${JSON.stringify(
    all.map(({ result, grid }) => resultJson(result, grid)),
    null,
    1,
  )}\n`;
}

/** Verdicts on the runs together, and on each of the other models. */
export function verdictsOf(
  claims: readonly InterventionClaim[],
  models: readonly OpenedModel[],
  studied: readonly IntervenedModel[],
): InterventionVerdict[] {
  const judged = studied.flatMap((one) => {
    const model = models.find(({ name }) => name === one.setting)!;
    const heads = one.claimed ?? { readers: [], writers: [], rank: 0 };
    const edits = claimedEdits(resultsOf(one.outcomes), heads);
    return edits === undefined ? [] : [{ model, setting: one.setting, edits }];
  });
  const isRun = ({ edits }: (typeof judged)[number]) => edits.none.wrongOfSequence === undefined;
  const runs = judged
    .filter(isRun)
    .map(({ model, ...rest }) => ({ ...rest, config: model.config as RunConfig }));
  return [
    ...(runs.length > 0 ? verdictsOfRuns(claims, runs) : []),
    ...judged.filter((one) => !isRun(one)).flatMap((one) => verdictsOfModel(claims, one)),
  ];
}

export function tellVerdicts(verdicts: readonly InterventionVerdict[]): void {
  let last: string | undefined;
  for (const { claim, outcome, estimate, settings } of verdicts) {
    const isModel = claim.about === 'models';
    const [unit, name] = isModel ? ['sequences', settings[0]] : ['runs', undefined];
    if (name !== undefined && name !== last) tell(name);
    last = name;
    const word = isModel && outcome === 'not enough runs' ? 'open' : outcome;
    tell(`${word.padEnd(16)} ${claim.claim}`);
    const none = isModel ? 'the model does not copy' : `no number from ${settings.length} runs`;
    const number =
      estimate === null
        ? none
        : `${shown(estimate.value)}, ${shownInterval(estimate)}, ${estimate.runs} ${unit}`;
    tell(`${' '.repeat(17)}${claim.statistic} ${shownBound(claim.bound)}: ${number}`);
  }
}
