/** Colours and type of the page, as a canvas takes them. */
export interface Palette {
  colour(token: string): string;
  readonly font: string;
}

/** Reads the tokens as they are now; after a change of theme they are read again. */
export function readPalette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const known = new Map<string, string>();
  return {
    colour: (token) => {
      let value = known.get(token);
      if (value === undefined) {
        value = style.getPropertyValue(`--${token}`).trim();
        known.set(token, value);
      }
      return value;
    },
    font: style.getPropertyValue('--font'),
  };
}
