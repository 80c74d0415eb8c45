import type { DropoutKey } from './engine.js';

/** The two 32-bit words that a mask is drawn with. */
export interface MaskKey {
  readonly k0: number;
  readonly k1: number;
}

/** The two places of a block where dropout acts. */
export const dropoutSite = { attention: 0, feedForward: 1 } as const;

/**
 * Words of the mask of one sequence at one place of the model.
 * @param sequence place in the batch   @param site 0 after attention, 1 after the feed-forward
 */
export function maskKey(key: DropoutKey, sequence: number, layer: number, site: number): MaskKey {
  const word = (start: number) => {
    let hash = start;
    for (const part of [2 * layer + site, key.firstSequence + sequence, key.step, key.seed]) {
      hash = mix((hash + part) | 0);
    }
    return hash;
  };
  // Two chains from unrelated constants: streams of one run then repeat each other no more than 64-bit keys do.
  return { k0: word(0x9e3779b9), k1: word(0x3c6ef372) };
}

/**
 * Whether dropout drops an element: a hash of its index, so that no order of computing matters.
 * @param index position·d + column   @param threshold from `dropThreshold`
 * Source: the integer hash "lowbias32" (Wellons 2018), with the second key word added half-way.
 */
export function isDropped(index: number, { k0, k1 }: MaskKey, threshold: number): boolean {
  let x = (index + k0) | 0;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(((x ^ (x >>> 15)) + k1) | 0, 0x846ca68b);
  return (x ^ (x >>> 16)) < threshold;
}

/** Signed 32-bit hashes below this are dropped: floor(p·2³²) - 2³¹. */
export function dropThreshold(probability: number): number {
  return Math.floor(probability * 2 ** 32) - 2 ** 31;
}

function mix(value: number): number {
  let x = value;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return x ^ (x >>> 16);
}
