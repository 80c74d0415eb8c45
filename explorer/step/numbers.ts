/** An end of a scale of colours: a round number, without digits that say nothing. */
export function scaleEnd(value: number): string {
  return String(Number(value.toPrecision(3))).replace('-', '−');
}

/** A share in percent. */
export function percent(share: number): string {
  const value = 100 * share;
  return `${value >= 99.5 && value < 100 ? '>99' : value > 0 && value < 0.5 ? '<1' : Math.round(value)} %`;
}

/** The next round number, two digits at most: ends of a scale that are read easily and change rarely. */
export function roundUp(value: number): number {
  if (!(value > 0) || !Number.isFinite(value)) return 1;
  const power = 10 ** Math.floor(Math.log10(value));
  const digit = [1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10].find(
    (candidate) => candidate * power >= value * (1 - 1e-9),
  );
  return (digit ?? 10) * power;
}
