import { scaleOf } from './colour-scale.js';
import { HeadGridMap } from './HeadGridMap.js';
import type { HeadValues } from './head-values.js';
import type { HeadsModel } from './heads-model.js';
import { wordsOf } from './measure-words.js';

/** The grid of heads, coloured by one number of each. */
export function HeadsByColour(props: {
  readonly model: HeadsModel;
  readonly values: HeadValues;
  readonly marked: readonly number[];
  readonly onChoose?: (head: number) => void;
}) {
  const { model, values, marked, onChoose = () => {} } = props;
  const { title, signed } = wordsOf(values.id);
  return (
    <HeadGridMap
      grid={model}
      values={values.values}
      scale={scaleOf(values.values, signed === true)}
      title={`heads by ${title}`}
      marked={marked}
      onChoose={onChoose}
    />
  );
}
