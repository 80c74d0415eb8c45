import { usualRank } from '../../src/causal/run-study.js';
import type { RunConfig } from '../../src/run/config.js';
import { formatValue } from '../chart/format.js';
import { Stepper } from '../parts/Stepper.js';
import { type EditChoice, headsOf, isEdited, noEdit, type ProjectionChoice } from './edit-choice.js';
import type { JudgedSet } from './use-edited.js';

/** More heads than these are chosen from a list. */
const mostChips = 32;

/** Switches that change the weights of the opened step, and the errors before and after. */
export function EditSwitches(props: {
  readonly config: RunConfig;
  readonly pair: string;
  readonly choice: EditChoice;
  readonly onChange: (choice: EditChoice) => void;
  /** Errors as trained and as edited; undefined while nothing is edited, or they are on their way. */
  readonly before: readonly JudgedSet[] | undefined;
  readonly after: readonly JudgedSet[] | undefined;
  readonly busy: boolean;
}) {
  const { config, pair, choice, onChange, before, after, busy } = props;
  const { removed, projection } = choice;
  const [writer = '', reader] = pair.split('>');
  const toggle = (head: string) =>
    onChange({
      ...choice,
      removed: removed.includes(head) ? removed.filter((other) => other !== head) : [...removed, head],
    });
  return (
    <fieldset class="edits" aria-label="Change the model" data-busy={busy}>
      <div class="controls">
        <span class="quiet">remove heads</span>
        <RemovedHeads heads={headsOf(config)} removed={removed} onToggle={toggle} />
      </div>
      {reader === undefined ? null : (
        <div class="controls">
          <label>
            <span>bridge</span>
            <select
              value={projection === null ? '' : `${projection.what} ${projection.component}`}
              onChange={({ currentTarget: { value } }) => {
                const [what, component] = value.split(' ') as [
                  ProjectionChoice['what'],
                  ProjectionChoice['component'],
                ];
                const rank = projection?.rank ?? usualRank(config.d_model);
                onChange({ ...choice, projection: value === '' ? null : { what, component, rank } });
              }}
            >
              <option value="">as it is</option>
              <option value="keep keys">{`keys of ${reader} keep only`}</option>
              <option value="drop keys">{`keys of ${reader} lose`}</option>
              <option value="keep outputs">{`outputs of ${writer} keep only`}</option>
              <option value="drop outputs">{`outputs of ${writer} lose`}</option>
            </select>
          </label>
          {projection === null ? null : (
            <>
              <Stepper
                label=""
                name="dimensions of the bridge"
                value={projection.rank}
                choices={Array.from({ length: config.d_model + 1 }, (_, rank) => rank)}
                onChange={(rank) => onChange({ ...choice, projection: { ...projection, rank } })}
              />
              <span class="quiet">
                of {config.d_model} dimensions, the strongest of what{' '}
                {projection.component === 'keys' ? `${writer} writes` : `keys of ${reader} look for`}
              </span>
            </>
          )}
        </div>
      )}
      <p class="said edits-said" aria-live="polite">
        {!isEdited(choice) ? (
          <span class="quiet">
            The model is as it was trained. Without a head, or without the bridge, does it still copy?
          </span>
        ) : (
          <>
            <EditedErrors {...{ before, after }} />
            <button type="button" class="plain" onClick={() => onChange(noEdit)}>
              As it was
            </button>
          </>
        )}
      </p>
    </fieldset>
  );
}

function RemovedHeads(props: {
  readonly heads: readonly string[];
  readonly removed: readonly string[];
  readonly onToggle: (head: string) => void;
}) {
  const { heads, removed, onToggle } = props;
  const isList = heads.length > mostChips;
  return (
    <>
      {(isList ? removed : heads).map((head) => (
        <button
          type="button"
          key={head}
          class="plain head-switch"
          aria-pressed={removed.includes(head)}
          aria-label={`remove head ${head}`}
          onClick={() => onToggle(head)}
        >
          {head}
        </button>
      ))}
      {isList ? (
        <select
          value=""
          aria-label="remove another head"
          onChange={({ currentTarget }) => {
            if (currentTarget.value !== '') onToggle(currentTarget.value);
          }}
        >
          <option value="">another</option>
          {heads
            .filter((head) => !removed.includes(head))
            .map((head) => (
              <option key={head} value={head}>
                {head}
              </option>
            ))}
        </select>
      ) : null}
    </>
  );
}

const setNames = { ood: 'out of distribution', test: 'in distribution' } as const;

function EditedErrors(props: {
  readonly before: readonly JudgedSet[] | undefined;
  readonly after: readonly JudgedSet[] | undefined;
}) {
  const { before, after } = props;
  if (before === undefined || after === undefined) return <span class="quiet">…</span>;
  if (after.length === 0)
    return <span class="quiet">This run has no test sequences to count errors on.</span>;
  return (
    <span>
      Copy error{' '}
      {after.map(({ set, evaluation }, at) => (
        <span key={set}>
          {at === 0 ? '' : ', '}
          {setNames[set]} {formatValue(before.find((one) => one.set === set)?.evaluation.copy_err)} →{' '}
          <strong data-error={set}>{formatValue(evaluation.copy_err)}</strong>
        </span>
      ))}{' '}
      <span class="quiet">
        over {Math.max(...after.map(({ sequences }) => sequences))} sequences of{' '}
        {after.length === 1 ? 'the' : 'each'} test set.
      </span>
    </span>
  );
}
