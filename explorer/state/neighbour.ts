/** The next choice above or below a value, which need not be one of them. */
export function neighbour(choices: readonly number[], value: number, by: number): number | undefined {
  return by > 0 ? choices.find((choice) => choice > value) : choices.findLast((choice) => choice < value);
}
