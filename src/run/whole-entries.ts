/**
 * The whole objects of a list whose text breaks off, as a list: training was ended while it wrote the file.
 * @returns undefined where the text does not break off, or holds no whole object: it is damaged in another way
 */
export function wholeEntries(text: string): string | undefined {
  let depth = 0;
  let end = 0;
  for (const { 0: token, index } of text.matchAll(/"(?:[^"\\]|\\.)*"?|[[\]{}]/gs)) {
    if (token === '{' || token === '[') depth++;
    else if (token === '}' || token === ']') {
      depth--;
      if (depth === 0) return undefined;
      if (depth === 1 && token === '}') end = index + 1;
    }
  }
  return end === 0 ? undefined : `${text.slice(0, end)}]`;
}
