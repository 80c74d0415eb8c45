import { join } from 'node:path';
import { InputError } from '../errors.js';
import { readSmallFile } from '../files/folder-listing.js';
import { parsePythonJson } from './python-json.js';
import { configName } from './weight-names.js';

/** The config of a folder, parsed. @param within see `checkWithin`   @throws InputError */
export function readModelConfig(folder: string, within?: string): unknown {
  const path = join(folder, configName);
  const config = parsePythonJson(
    readSmallFile(path, within),
    path,
    'restore it from where the model was published',
  );
  if (typeof config === 'object' && config !== null && !Array.isArray(config)) return config;
  throw new InputError(
    `${path}: expected an object of options; restore it from where the model was published`,
  );
}
