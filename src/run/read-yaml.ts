import { parseDocument, YAMLError } from 'yaml';
import { InputError } from '../errors.js';

/** What the parser found wrong, in words that say what to look for. */
const reasons: Readonly<Record<string, string>> = {
  BAD_ALIAS: 'an alias (*name) without its anchor (&name)',
  BAD_INDENT: 'a line that is not indented like those beside it, or a bracket that is not closed before it',
  BAD_SCALAR_START: 'a text that begins with a sign that YAML keeps for itself; put it into quotes',
  BLOCK_AS_IMPLICIT_KEY: 'a mapping where one value was expected',
  BLOCK_IN_FLOW: 'lines of a list or mapping within brackets',
  DUPLICATE_KEY: 'a key that is set twice',
  MISSING_CHAR: 'a bracket, quote or space that is missing',
  MULTILINE_IMPLICIT_KEY: 'a bracket or quote that is not closed before the next key',
  MULTIPLE_DOCS: 'a second document (---), where a file holds one',
  TAB_AS_INDENT: 'a tab where lines are indented with spaces',
  TAG_RESOLVE_FAILED: 'a tag (!name) that is not known',
  UNEXPECTED_TOKEN: 'a sign that was not expected',
};

/** An alias may stand for so much in all: more would fill the memory. */
const mostAliases = 100;

/**
 * Parses YAML, merge keys (`<<: *base`) included.
 * @throws InputError with the line, and what is wrong there
 */
export function readYaml(text: string, file: string): unknown {
  try {
    const document = parseDocument(text, { merge: true, prettyErrors: true });
    // A tag that is not known is a warning of the parser; what stands after it would be taken for a plain value.
    const [fault = document.warnings[0]] = document.errors;
    if (fault !== undefined) throw fault;
    return document.toJS({ maxAliasCount: mostAliases });
  } catch (error) {
    if (error instanceof YAMLError) {
      const line = error.linePos?.[0].line;
      const where = line === undefined ? '' : `line ${line}: `;
      throw new InputError(
        `${file}: not valid YAML: ${where}${reasons[error.code] ?? 'expected a key, a value or a list'}; correct it there`,
      );
    }
    if (error instanceof ReferenceError) {
      throw new InputError(
        `${file}: not valid YAML: an alias (*name) without its anchor (&name), or aliases of aliases without end; correct it there`,
      );
    }
    throw error;
  }
}
