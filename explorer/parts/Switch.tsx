/** One of two or three words, all of them in sight. */
export function Switch<Word extends string>(props: {
  readonly name: string;
  readonly value: Word;
  readonly choices: readonly (readonly [Word, string])[];
  readonly onChange: (value: Word) => void;
}) {
  const { name, value, choices, onChange } = props;
  return (
    <fieldset class="switch">
      <legend>{name}</legend>
      {choices.map(([word, label]) => (
        <label key={word}>
          <input type="radio" name={name} checked={word === value} onChange={() => onChange(word)} />
          <span>{label}</span>
        </label>
      ))}
    </fieldset>
  );
}
