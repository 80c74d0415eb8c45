import type { ComponentChildren } from 'preact';
import { wordsOf } from './measure-words.js';

/** One of several measures, by its title. */
export function MeasureSelect(props: {
  readonly label: ComponentChildren;
  readonly value: string;
  readonly ids: readonly string[];
  readonly onChoose: (id: string) => void;
}) {
  const { label, value, ids, onChoose } = props;
  return (
    <label class="choice">
      {label}
      <select value={value} onChange={(event) => onChoose(event.currentTarget.value)}>
        {ids.map((id) => (
          <option key={id} value={id}>
            {wordsOf(id).title}
          </option>
        ))}
      </select>
    </label>
  );
}
