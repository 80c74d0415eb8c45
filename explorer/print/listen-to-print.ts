import type { RunSource } from '../source/run-source.js';

/**
 * Prints a page of the server as a report prints: before the print its sheet is put into the page, and taken out after it.
 * @param shown the runs that are shown at that moment   @returns a function that ends it
 */
export function listenToPrint(shown: () => readonly RunSource[]): () => void {
  // Printing waits for nothing, so the code must be there before.
  let make: ((sources: readonly RunSource[]) => string) | undefined;
  let sheet: HTMLElement | undefined;
  const load = () =>
    void import('./print-sheet.js').then(
      ({ printSheet }) => {
        make = printSheet;
      },
      // Then the page prints what it shows.
      () => {},
    );
  const timer = setTimeout(load, 1500);
  const before = () => {
    const html = make?.(shown()) ?? '';
    if (html === '') return;
    sheet = document.createElement('div');
    sheet.innerHTML = html;
    document.body.append(sheet);
  };
  const after = () => {
    sheet?.remove();
    sheet = undefined;
  };
  addEventListener('beforeprint', before);
  addEventListener('afterprint', after);
  return () => {
    clearTimeout(timer);
    removeEventListener('beforeprint', before);
    removeEventListener('afterprint', after);
    after();
  };
}
