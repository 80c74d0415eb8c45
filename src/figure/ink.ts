/**
 * The colours of the figures, all opaque. Blue and orange are of the palette of Okabe and Ito (2008), which readers with
 * any colour vision can distinguish; in grey print they differ by 25 steps of CIE lightness (46 and 71).
 */
export const inks = {
  paper: '#ffffff',
  /** Text, frames and marks of axes. */
  text: '#1a1a1a',
  grid: '#e3e3e3',
  first: '#0072b2',
  second: '#e69f00',
  /** Lines behind the one that matters: the first colour, lightened. */
  others: '#a6cbe3',
  baseline: '#666666',
  band: '#ececec',
  /** What the first colour may be: the band of an interval around its line. */
  firstBand: '#d9e8f3',
  /** Single runs behind the median that matters, in the second colour. */
  secondLight: '#f4d595',
  /** What the second colour may be. */
  secondBand: '#fbeccd',
  legendEdge: '#cccccc',
} as const;

export type InkName = keyof typeof inks;
