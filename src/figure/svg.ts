/** Text as it may stand in XML content and attributes; characters that XML forbids become U+FFFD. */
export function escapeXml(text: string): string {
  return (
    text
      // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones XML 1.0 cannot hold
      .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff\p{Surrogate}]/gu, '\ufffd')
      .replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
  );
}

/** A coordinate to a tenth of a pixel: finer cannot be seen. */
export function tenth(value: number): number {
  // The sum turns -0 into 0.
  return Math.round(value * 10) / 10 + 0;
}

/** A coordinate as it is printed: always in the same, short way, so that the same input gives the same bytes. */
export function coordinate(value: number): string {
  return String(tenth(value));
}

/** How a piece of text stands on its point. */
export interface TextStyle {
  readonly size: number;
  readonly bold?: boolean;
  readonly anchor?: 'middle' | 'end';
  readonly fill?: string;
}

/** A `text` element with its baseline at (x, y). */
export function textElement(content: string, x: number, y: number, style: TextStyle): string {
  const bold = style.bold === true ? ' font-weight="bold"' : '';
  const anchor = style.anchor === undefined ? '' : ` text-anchor="${style.anchor}"`;
  const fill = style.fill === undefined ? '' : ` fill="${style.fill}"`;
  return `<text x="${coordinate(x)}" y="${coordinate(y)}" font-size="${coordinate(style.size)}"${bold}${anchor}${fill}>${escapeXml(content)}</text>`;
}
