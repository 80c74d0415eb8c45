/** The index of the point nearest to a step, by bisection; -1 where there is none. */
export function nearestPoint(steps: ArrayLike<number>, step: number): number {
  let low = 0;
  let high = steps.length - 1;
  if (high < 0) return -1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (steps[middle]! < step) low = middle + 1;
    else high = middle;
  }
  return low > 0 && step - steps[low - 1]! <= steps[low]! - step ? low - 1 : low;
}

/** The point nearest to a step, if the step lies within the line; -1 otherwise. Its own step may be another one. */
export function pointAt(steps: ArrayLike<number>, step: number): number {
  const isWithin = steps.length > 0 && step >= steps[0]! && step <= steps[steps.length - 1]!;
  return isWithin ? nearestPoint(steps, step) : -1;
}
