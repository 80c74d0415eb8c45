import type { Figure } from '../figure/dynamics.js';

/** Numbers on coloured cells would be hard to read on a dark page: a map stays as it is. */
export function isMap({ panels }: Figure): boolean {
  return panels.some(({ marks }) => marks.some(({ kind }) => kind === 'image'));
}
