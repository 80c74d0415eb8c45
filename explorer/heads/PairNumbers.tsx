import { formatStep, formatValue } from '../chart/format.js';
import type { PairNumber } from './chance.js';
import { wordsOf } from './measure-words.js';
import { formatProbability } from './PairList.js';

/** Every number of one pair, with what chance would give. */
export function PairNumbers({
  name,
  numbers,
}: {
  readonly name: string;
  readonly numbers: readonly PairNumber[];
}) {
  const [writer, reader] = name.split('>');
  const hasChance = numbers.some(({ q }) => !Number.isNaN(q));
  return (
    <div class="pair-numbers">
      <h3>
        Head {reader} reads head {writer}
      </h3>
      <table>
        <thead>
          <tr>
            <th scope="col">measure</th>
            <th scope="col">rank</th>
            <th scope="col">t</th>
            <th scope="col">value</th>
            {hasChance ? <th scope="col">p</th> : null}
            {hasChance ? <th scope="col">q</th> : null}
          </tr>
        </thead>
        <tbody>
          {numbers.map(({ choice, rank, relPos, value, p, q }) => (
            <tr key={choice.id}>
              <th scope="row" title={wordsOf(choice.id).says}>
                {wordsOf(choice.id).title}
              </th>
              <td>{rank ?? ''}</td>
              <td>{relPos === null ? '' : formatStep(relPos)}</td>
              <td>{formatValue(value)}</td>
              {hasChance ? <td>{formatProbability(p)}</td> : null}
              {hasChance ? <td>{formatProbability(q)}</td> : null}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
