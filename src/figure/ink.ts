/**
 * The colours of the figures, all opaque. Blue and orange are of the palette of Okabe and Ito (2008), which readers with
 * any colour vision tell apart; in grey print they differ by 25 steps of CIE lightness (46 and 71).
 */
export const ink = {
  paper: '#ffffff',
  text: '#000000',
  caption: '#404040',
  frame: '#262626',
  grid: '#e3e3e3',
  first: '#0072b2',
  second: '#e69f00',
  /** Lines behind the one that matters: the first colour, lightened. */
  others: '#a6cbe3',
  baseline: '#666666',
  band: '#ececec',
  legendEdge: '#cccccc',
} as const;
