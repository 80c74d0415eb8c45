import { readFileSync } from 'node:fs';
import { InputError } from '../errors.js';

/**
 * Loads a part of the program that needs packages which an installation may lack: `npm install bridgescope` brings those that
 * every reader of checkpoints uses, and no queues, servers or PDF.
 * @param what needs them, as the message begins: "explore"
 * @throws InputError that says what to install, in the versions that belong to this one
 */
export async function withPackages<Part>(
  what: string,
  packages: readonly string[],
  load: () => Promise<Part>,
): Promise<Part> {
  try {
    return await load();
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const isMissing =
      code === 'ERR_MODULE_NOT_FOUND' && packages.some((name) => message.includes(`'${name}'`));
    if (!isMissing) throw error;
    const versions = peerVersions();
    const named = packages.map((name) => `${name}@${versions[name] ?? 'latest'}`).join(' ');
    throw new InputError(`${what} needs packages that are not installed; run: npm install ${named}`, {
      cause: error,
    });
  }
}

function peerVersions(): Readonly<Record<string, string>> {
  const text = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(text) as { peerDependencies: Record<string, string> }).peerDependencies;
}
