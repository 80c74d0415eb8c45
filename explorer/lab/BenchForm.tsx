import { useRef } from 'preact/hooks';
import type { LabBench } from './lab-bench.js';
import { type LabField, mainFields, moreFields, withLength } from './lab-settings.js';

/** The settings of a bench, each with what is wrong with it next to it. Locked while a run is under way. */
export function BenchForm({ bench, id }: { readonly bench: LabBench; readonly id: string }) {
  const isLocked = bench.isActive.value;
  // Opened for a problem it stays open: a field must not vanish while its problem is being solved.
  const isOpened = useRef(false);
  if (moreFields.some(({ option }) => option === bench.checked.value.problem?.option))
    isOpened.current = true;
  return (
    <fieldset class="bench-form" disabled={isLocked}>
      <legend class="visually-hidden">settings of {bench.run.value.setting}</legend>
      <div class="fields">
        <PoolField bench={bench} id={id} />
        {mainFields.map((field) => (
          <NumberField key={field.option} field={field} bench={bench} id={id} />
        ))}
      </div>
      <details class="more" open={isOpened.current || undefined}>
        <summary>More settings</summary>
        <div class="fields">
          {moreFields.map((field) => (
            <NumberField key={field.option} field={field} bench={bench} id={id} />
          ))}
          <TokensField bench={bench} id={id} />
        </div>
      </details>
      <OtherProblem bench={bench} />
    </fieldset>
  );
}

interface FieldProps {
  readonly bench: LabBench;
  readonly id: string;
}

function change(bench: LabBench, option: string, text: string): void {
  const settings = bench.settings.value;
  bench.settings.value =
    option === 'max_seq_len' ? withLength(settings, text) : { ...settings, [option]: text };
}

function NumberField({ field, bench, id }: FieldProps & { readonly field: LabField }) {
  const { option, label, hint, by, least } = field;
  return (
    <div class="field">
      <label for={`${id}-${option}`} title={hint}>
        {label}
      </label>
      <input
        id={`${id}-${option}`}
        type="number"
        inputMode="decimal"
        step="any"
        min={least}
        value={bench.settings.value[option]}
        onInput={({ currentTarget }) => change(bench, option, currentTarget.value)}
        onKeyDown={(event) => {
          if (by === 'any' || by === 1 || !/^Arrow(Up|Down)$/.test(event.key)) return;
          event.preventDefault();
          const value = Number(event.currentTarget.value) + (event.key === 'ArrowUp' ? by : -by);
          change(bench, option, String(Math.max(least, Number(value.toFixed(6)))));
        }}
        {...describing(bench, id, option)}
      />
      <FieldProblem bench={bench} id={id} option={option} />
    </div>
  );
}

/** The pool: so many patterns, or a fresh one each time. */
function PoolField({ bench, id }: FieldProps) {
  const size = bench.settings.value['pool_size'] ?? '';
  const isInfinite = size === '';
  return (
    <div class="field pool">
      <label for={`${id}-pool_size`} title="patterns to choose from; infinite: a fresh one in every sequence">
        pool of patterns
      </label>
      <span class="pool-inputs">
        <input
          id={`${id}-pool_size`}
          type="number"
          inputMode="numeric"
          min={1}
          placeholder="∞"
          value={size}
          onInput={({ currentTarget }) => {
            // A number field that holds no number has no text; only the box beside it means infinite.
            const text = currentTarget.value;
            change(bench, 'pool_size', text === '' && currentTarget.validity.badInput ? 'x' : text);
          }}
          {...describing(bench, id, 'pool_size')}
        />
        <label class="infinite">
          <input
            type="checkbox"
            checked={isInfinite}
            onChange={() => change(bench, 'pool_size', isInfinite ? '30' : '')}
          />
          infinite
        </label>
      </span>
      <FieldProblem bench={bench} id={id} option="pool_size" />
    </div>
  );
}

/** How often each token comes. */
function TokensField({ bench, id }: FieldProps) {
  return (
    <div class="field">
      <label for={`${id}-distr`} title="how frequent each token is, out of the OOD test set">
        tokens
      </label>
      <select
        id={`${id}-distr`}
        value={bench.settings.value['distr']}
        onChange={({ currentTarget }) => change(bench, 'distr', currentTarget.value)}
      >
        <option value="zipf">zipf</option>
        <option value="two-level">two-level</option>
        <option value="unif">uniform</option>
      </select>
    </div>
  );
}

function describing(bench: LabBench, id: string, option: string) {
  const isWrong = bench.checked.value.problem?.option === option;
  return isWrong ? { 'aria-invalid': true, 'aria-describedby': `${id}-${option}-problem` } : {};
}

function FieldProblem({ bench, id, option }: FieldProps & { readonly option: string }) {
  const { problem } = bench.checked.value;
  if (problem?.option !== option) return null;
  return (
    <p class="problem" id={`${id}-${option}-problem`} role="alert">
      {problem.text}
    </p>
  );
}

/** What is wrong with an option that has no field. */
function OtherProblem({ bench }: { readonly bench: LabBench }) {
  const { problem } = bench.checked.value;
  const known = [...mainFields, ...moreFields].map(({ option }) => option as string);
  if (problem === undefined || [...known, 'pool_size'].includes(problem.option)) return null;
  return (
    <p class="problem" role="alert">
      {problem.option}: {problem.text}
    </p>
  );
}
