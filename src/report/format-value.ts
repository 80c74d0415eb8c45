/**
 * A value of a measure in three significant digits, the same on the page, in a report and below the maps of an opened
 * step: 0.0635, 0.750, 2.71, 985, 12 300. `–` where there is none.
 */
export function formatValue(value: number | null | undefined): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return '–';
  if (value === 0) return '0';
  const size = Math.abs(value);
  if (size < 0.9995e-3 || size >= 1e6)
    return value.toExponential(1).replace('e', ' e').replace('+', '').replaceAll('-', '−');
  if (size >= 999.5) return formatStep(Math.round(value));
  return value.toPrecision(3).replace('-', '−');
}

/** A whole number with thin spaces between thousands, as in 12 300. */
export function formatStep(step: number): string {
  return String(step)
    .replace('-', '−')
    .replace(/\B(?=(\d{3})+$)/g, '\u202f');
}
