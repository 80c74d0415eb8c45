import { InputError } from '../errors.js';

/** Texts, which stay as they are, and Python's names for what JSON has no numbers for. */
const textsAndNames = /"(?:[^"\\]|\\.)*"|-?\b(?:NaN|Infinity)\b/g;

/**
 * Parses JSON as Python's `json` module writes it: a bare `NaN`, `Infinity` or `-Infinity` counts as null. A byte order
 * mark, with which some editors start a file, is passed over.
 * @param remedy what to do about a file that is none
 * @throws InputError when it is not JSON even so
 */
export function parsePythonJson(text: string, file: string, remedy: string): unknown {
  const plain = text.replace(/^\ufeff/, '');
  try {
    return JSON.parse(plain);
  } catch (first) {
    try {
      return JSON.parse(plain.replace(textsAndNames, (found) => (found.startsWith('"') ? found : 'null')));
    } catch {
      throw new InputError(`${file}: not valid JSON (${(first as Error).message}); ${remedy}`);
    }
  }
}
