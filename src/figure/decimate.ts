/** Points of a polyline, in pixels; NaN in `y` is a gap. */
export interface Points {
  readonly x: Float64Array;
  readonly y: Float64Array;
}

/**
 * Thins a polyline to what can be seen: of the points in one column of pixels, the first, the lowest, the highest and
 * the last stay, in their order; of a level stretch, its ends. Gaps stay.
 * @param points with x in increasing order
 * @param column width of a column in pixels, well below the width of the line
 */
export function decimate(points: Points, column: number): Points {
  const xs: number[] = [];
  const ys: number[] = [];
  const push = (x: number, y: number): void => {
    const last = ys.length - 1;
    // Rounded as they will be printed, so that equal heights are seen to be equal.
    const height = Math.round(y * 10) / 10;
    if (last > 0 && ys[last] === height && ys[last - 1] === height) xs[last] = x;
    else {
      xs.push(x);
      ys.push(height);
    }
  };
  const { x, y } = points;
  for (let from = 0; from < x.length; ) {
    if (Number.isNaN(y[from])) {
      if (!Number.isNaN(ys.at(-1))) push(x[from]!, Number.NaN);
      from++;
      continue;
    }
    const end = (Math.floor(x[from]! / column) + 1) * column;
    let low = from;
    let high = from;
    let to = from + 1;
    for (; to < x.length && x[to]! < end && !Number.isNaN(y[to]); to++) {
      if (y[to]! < y[low]!) low = to;
      if (y[to]! > y[high]!) high = to;
    }
    const kept = [from, Math.min(low, high), Math.max(low, high), to - 1];
    kept.forEach((at, place) => {
      if (place === 0 || at !== kept[place - 1]) push(x[at]!, y[at]!);
    });
    from = to;
  }
  return { x: Float64Array.from(xs), y: Float64Array.from(ys) };
}
