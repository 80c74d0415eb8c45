import { UsageError } from '../errors.js';
import { type HeadGrid, parseHead, parsePair } from '../model/heads.js';

/** Which pairs of heads get rows of their own. */
export type PairRequest =
  /** All where there are not too many of them, else the strongest beside a summary of all. */
  | { readonly kind: 'usual' }
  | { readonly kind: 'all' }
  /** The strongest of each measure, beside a summary of all. */
  | { readonly kind: 'strongest'; readonly count: number }
  /** Heads `5.1`, pairs `4.11>5.1`, and pairs of layers `4>5`. */
  | { readonly kind: 'named'; readonly names: readonly string[] };

/** A pair of heads as one number: reader·N + writer for N heads. */
export type PairNumber = number;

/** Reads `--pairs`. @throws UsageError */
export function parsePairs(text: string): PairRequest {
  const words = text.split(',').map((word) => word.trim());
  const [first = ''] = words;
  if (words.length === 1 && first === 'all') return { kind: 'all' };
  const top = /^top:(\d{1,9})$/.exec(first);
  if (words.length === 1 && top !== null && Number(top[1]) > 0) {
    return { kind: 'strongest', count: Number(top[1]) };
  }
  for (const word of words) {
    if (!/^(\d+\.\d+|\d+\.\d+>\d+\.\d+|\d+>\d+)$/.test(word)) {
      throw new UsageError(
        `--pairs: expected all, top:N, or heads (5.1), pairs (4.11>5.1) and pairs of layers (4>5), found ${JSON.stringify(word)}`,
      );
    }
  }
  return { kind: 'named', names: words };
}

/** Every pair whose writer stands in an earlier layer than its reader: writer by writer, as the table has them. */
export function causalPairs({ layers, heads }: HeadGrid): Int32Array {
  const total = layers * heads;
  const pairs = new Int32Array((heads * heads * layers * (layers - 1)) / 2);
  let at = 0;
  for (let writer = 0; writer < total; writer++) {
    const firstReader = writer - (writer % heads) + heads;
    for (let reader = firstReader; reader < total; reader++) pairs[at++] = reader * total + writer;
  }
  return pairs;
}

/**
 * The causal pairs that names ask for, in the order of the table.
 * @param model named in errors
 * @throws UsageError for a head or a layer that the model does not have, or a pair that cannot compose
 */
export function namedPairs(names: readonly string[], grid: HeadGrid, model: string): Int32Array {
  const { layers, heads } = grid;
  const total = layers * heads;
  const tests = names.map((name) => testOf(name, grid, model));
  return causalPairs(grid).filter((pair) => {
    const [reader, writer] = [Math.floor(pair / total), pair % total];
    return tests.some((test) => test(writer, reader));
  });
}

function testOf(name: string, grid: HeadGrid, model: string): (writer: number, reader: number) => boolean {
  const { layers, heads } = grid;
  const fault = (what: string) =>
    new UsageError(
      `--pairs ${name}: ${model} has ${layers} layers of ${heads} heads, both counted from 0; ${what}`,
    );
  const head = parseHead(grid, name);
  if (head !== undefined) return (writer, reader) => writer === head || reader === head;
  const pair = parsePair(grid, name);
  if (pair !== undefined) {
    if (Math.floor(pair.writer / heads) < Math.floor(pair.reader / heads)) {
      return (writer, reader) => writer === pair.writer && reader === pair.reader;
    }
    throw fault('name the writer first, in an earlier layer than the reader');
  }
  const match = /^(\d+)>(\d+)$/.exec(name);
  if (match === null) throw fault('name heads that it has');
  const [from, to] = [Number(match[1]), Number(match[2])];
  if (!(from < to && to < layers)) throw fault('name an earlier layer, then a later one that it has');
  return (writer, reader) => Math.floor(writer / heads) === from && Math.floor(reader / heads) === to;
}
