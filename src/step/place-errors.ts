import type { RunConfig } from '../run/config.js';
import { maskedSpans } from '../train/count-errors.js';
import type { Sequences } from '../train/sequences.js';
import type { ReadingEngine } from './read-sequence.js';

/** Wrong predictions by place: of `counts[p]` tokens at place p, `wrong[p]` were not the likeliest. */
export interface PlaceErrors {
  readonly name: 'first copy' | 'second copy' | 'position';
  readonly wrong: Float64Array<ArrayBuffer>;
  readonly counts: Float64Array<ArrayBuffer>;
  /** How many of them each error of the table (`copy_err`) counts. */
  readonly asked: Float64Array<ArrayBuffer>;
}

/**
 * How often a token is predicted wrong, by its place p = 0…L-1 in the first and in the second copy of the pattern; by its
 * position in the sequence for simple repetition. The token at position i is predicted from those before it.
 * @throws InputError when the sequences do not fit the model
 */
export function placeErrors(engine: ReadingEngine, config: RunConfig, sequences: Sequences): PlaceErrors[] {
  const { tokens, lengths, starts } = sequences;
  const { max_seq_len: length } = config;
  const { predictions } = engine.forward(tokens);
  const places = starts === null ? length : Math.max(0, ...lengths);
  const blank = (name: PlaceErrors['name']): PlaceErrors => {
    const numbers = () => new Float64Array(places);
    return { name, wrong: numbers(), counts: numbers(), asked: numbers() };
  };
  const series = starts === null ? [blank('position')] : [blank('first copy'), blank('second copy')];
  for (let s = 0; s < lengths.length; s++) {
    const spans = maskedSpans(sequences, s, config);
    for (const [copy, { wrong, counts, asked }] of series.entries()) {
      const start = starts === null ? 0 : starts[2 * s + copy]!;
      const size = starts === null ? length : lengths[s]!;
      for (let place = 0; place < size; place++) {
        // The first token of a sequence has nothing before it.
        const from = start + place - 1;
        if (from < 0) continue;
        const at = s * length + from;
        counts[place]!++;
        if (predictions[at] !== tokens[at + 1]) wrong[place]!++;
        if (spans.some((span) => from >= span.from && from < span.determined)) asked[place]!++;
      }
    }
  }
  return series;
}
