import { useId } from 'preact/hooks';

/** Beyond this a list is no longer looked through, and its options slow the page. */
const mostOptions = 60;

/** Chooses a pair of heads: from a list where it is short, or by typing it. */
export function PairField(props: {
  readonly pairs: readonly string[];
  /** Empty for the pair with the highest z-score. */
  readonly value: string;
  readonly onChange: (pair: string) => void;
}) {
  const { pairs, value, onChange } = props;
  const list = useId();
  if (pairs.length <= mostOptions) {
    return (
      <label class="choice">
        heads
        <select value={value} onChange={(event) => onChange(event.currentTarget.value)}>
          <option value="">highest z-score</option>
          {pairs.map((pair) => (
            <option key={pair} value={pair}>
              {pair}
            </option>
          ))}
        </select>
      </label>
    );
  }
  return (
    <label class="choice">
      heads
      <input
        type="text"
        class="pair-field"
        size={11}
        list={list}
        value={value}
        placeholder="highest z-score"
        title={`one of ${pairs.length} pairs, such as ${pairs[0]}`}
        onChange={(event) => {
          const typed = event.currentTarget.value.replaceAll(' ', '').replace('→', '>');
          if (typed === '' || pairs.includes(typed)) onChange(typed);
          else event.currentTarget.value = value;
        }}
      />
      <datalist id={list}>
        {pairs.slice(0, mostOptions).map((pair) => (
          <option key={pair} value={pair} />
        ))}
      </datalist>
    </label>
  );
}
