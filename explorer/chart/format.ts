/** A value in three significant digits: 0.062, 2.71, 985, 12 300. */
export function formatValue(value: number): string {
  if (!Number.isFinite(value)) return '–';
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6))
    return value.toExponential(1).replace('e', ' e').replaceAll('-', '−');
  if (size >= 1000) return formatStep(Math.round(value));
  const digits = size >= 100 ? 0 : size >= 10 ? 1 : size >= 1 ? 2 : 3;
  return value.toFixed(digits).replace('-', '−');
}

/** A whole number with thin spaces between thousands, as in 12 300. */
export function formatStep(step: number): string {
  return String(step)
    .replace('-', '−')
    .replace(/\B(?=(\d{3})+$)/g, '\u202f');
}
