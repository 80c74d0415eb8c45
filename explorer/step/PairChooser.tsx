import type { RunConfig } from '../../src/run/config.js';

/** Chooses the head that writes and the later head that reads; nothing where a model leaves no choice. */
export function PairChooser(props: {
  readonly config: RunConfig;
  readonly pair: string;
  readonly onChange: (pair: string) => void;
}) {
  const { config, pair, onChange } = props;
  const { num_layers: layers, num_heads: heads } = config;
  if (heads === 1 && layers <= 2) return null;
  const [writer = '', reader] = pair.split('>');
  const layerOf = (head: string) => Number(head.split('.')[0]);
  const writers = namesOf(0, Math.max(1, layers - 1), heads);
  const readers = namesOf(layerOf(writer) + 1, layers, heads);
  const chooseWriter = (chosen: string) => {
    if (reader === undefined) onChange(chosen);
    // A reader must come later than its writer.
    else onChange(`${chosen}>${layerOf(reader) > layerOf(chosen) ? reader : `${layerOf(chosen) + 1}.0`}`);
  };
  return (
    <>
      <label>
        <span>writes</span>
        <select value={writer} onChange={(event) => chooseWriter(event.currentTarget.value)}>
          {writers.map((name) => (
            <option key={name} value={name}>
              head {name}
            </option>
          ))}
        </select>
      </label>
      {reader === undefined ? null : (
        <label>
          <span>reads</span>
          <select value={reader} onChange={(event) => onChange(`${writer}>${event.currentTarget.value}`)}>
            {readers.map((name) => (
              <option key={name} value={name}>
                head {name}
              </option>
            ))}
          </select>
        </label>
      )}
    </>
  );
}

function namesOf(from: number, to: number, heads: number): string[] {
  return Array.from(
    { length: (to - from) * heads },
    (_, at) => `${from + Math.floor(at / heads)}.${at % heads}`,
  );
}
