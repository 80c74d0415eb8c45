import { type InkName, inks } from './ink.js';

/** The inks on a dark page: the same hues, lighter where they are drawn and darker where they lie behind. */
const darkInks: Readonly<Record<InkName, string>> = {
  paper: '#15171a',
  text: '#e8e8e8',
  grid: '#2a2e33',
  first: '#56b4e9',
  second: '#f0a92e',
  others: '#2f6285',
  baseline: '#a3a3a3',
  band: '#26292d',
  legendEdge: '#464c53',
  firstBand: '#1b3a50',
  secondLight: '#73581f',
  secondBand: '#41341a',
};

/**
 * Style rules that turn figures which stand inline in a page dark.
 * @param selector of their `svg` elements
 */
export function darkFigureRules(selector: string): string {
  const rules = Object.entries(inks).flatMap(([name, colour]) =>
    (['fill', 'stroke'] as const).map(
      (property) => `${selector} [${property}="${colour}"] { ${property}: ${darkInks[name as InkName]} }`,
    ),
  );
  return [`${selector} { fill: ${darkInks.text} }`, ...rules].join('\n');
}
