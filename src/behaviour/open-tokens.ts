import { InputError } from '../errors.js';
import { readSmallFile, statusOf } from '../files/folder-listing.js';
import { parsePythonJson } from '../run/python-json.js';
import { parseTokens, type TokenSequences } from './token-file.js';

/** Reads a file of token ids. @throws InputError */
export function openTokens(path: string): TokenSequences {
  if (statusOf(path) === undefined) throw new InputError(`${path}: no such file; check the path`);
  const json = parsePythonJson(readSmallFile(path), path, 'write token ids as [[1, 2, …], …]');
  return parseTokens(json, path);
}
