/** A token as a reader sees it: blanks and line ends are part of it. */
export function shownToken(text: string): string {
  return text.replaceAll(' ', '·').replaceAll('\n', '↵').replaceAll('\t', '⇥');
}
