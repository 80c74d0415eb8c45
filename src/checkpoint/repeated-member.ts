/** The first name that occurs twice in one object of a valid JSON text; `JSON.parse` would keep the last in silence. */
export function repeatedMember(text: string): string | undefined {
  const open: Set<string>[] = [];
  for (const [token, string, after] of text.matchAll(/("(?:[^"\\]|\\.)*")(\s*:)?|[{}]/g)) {
    if (token === '{') open.push(new Set());
    else if (token === '}') open.pop();
    else if (string !== undefined && after !== undefined) {
      const name = JSON.parse(string) as string;
      const names = open.at(-1);
      if (names?.has(name)) return name;
      names?.add(name);
    }
  }
  return undefined;
}
