import { useId } from 'preact/hooks';

/** One of two or three words, all of them in sight. */
export function Switch<Word extends string>(props: {
  readonly name: string;
  readonly value: Word;
  readonly choices: readonly (readonly [Word, string])[];
  readonly onChange: (value: Word) => void;
}) {
  const { name, value, choices, onChange } = props;
  // The lab has the same controls again: radios of one name would switch each other off.
  const group = useId();
  return (
    <fieldset class="switch">
      <legend>{name}</legend>
      {choices.map(([word, label]) => (
        <label key={word}>
          <input type="radio" name={group} checked={word === value} onChange={() => onChange(word)} />
          <span>{label}</span>
        </label>
      ))}
    </fieldset>
  );
}
