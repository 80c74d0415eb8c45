import type { Curves } from '../../src/series/curves.js';

/** No curves at all. */
export const noCurves: Curves = { all: [], find: () => undefined };

/** The curves of several tables as one; a key that several have is found in the first of them. */
export function joinCurves(parts: readonly Curves[]): Curves {
  let joined: Curves['all'] | undefined;
  return {
    get all() {
      joined ??= parts.flatMap(({ all }) => all);
      return joined;
    },
    find: (key) => {
      for (const part of parts) {
        const found = part.find(key);
        if (found !== undefined) return found;
      }
      return undefined;
    },
  };
}
