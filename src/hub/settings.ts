import { homedir } from 'node:os';
import { join, resolve } from 'node:path';
import { InputError } from '../errors.js';

/** How the Hub is reached, by the variables that its own tools take. */
export interface HubSettings {
  /** Without a slash at its end. */
  readonly endpoint: string;
  /** Goes to the endpoint alone; never written or shown. */
  readonly token: string | null;
  /** Nothing is asked of the Hub: what the cache holds must do. */
  readonly offline: boolean;
  /** The folder in which files of the Hub are kept. */
  readonly cache: string;
  /** The cache of the Hub's own tools, whose files are used where they are there. */
  readonly hubCache: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

const usualEndpoint = 'https://huggingface.co';

/**
 * Settings by HF_ENDPOINT, HF_TOKEN, HF_HUB_OFFLINE, HF_HUB_CACHE and HF_HOME.
 * @param cache where files are kept, the platform's usual place where none is given
 * @throws InputError where the endpoint is no address
 */
export function hubSettings(cache?: string, environment: Environment = process.env): HubSettings {
  const { HF_ENDPOINT, HF_TOKEN, HF_HUB_OFFLINE, HF_HUB_CACHE, HF_HOME } = environment;
  const endpoint = (HF_ENDPOINT || usualEndpoint).replace(/\/+$/, '');
  if (!URL.canParse(endpoint) || !/^https?:$/.test(new URL(endpoint).protocol)) {
    throw new InputError('HF_ENDPOINT: is no address; expected one such as https://huggingface.co');
  }
  const home = HF_HOME || join(environment['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'huggingface');
  return {
    endpoint,
    token: HF_TOKEN?.trim() || null,
    offline: /^(1|on|yes|true)$/i.test(HF_HUB_OFFLINE ?? ''),
    cache: resolve(cache ?? usualCache(environment)),
    hubCache: HF_HUB_CACHE || join(home, 'hub'),
  };
}

/** Where programs keep what they can get again, by platform; `BRIDGESCOPE_CACHE` names another place. */
function usualCache(environment: Environment): string {
  const { BRIDGESCOPE_CACHE, XDG_CACHE_HOME, LOCALAPPDATA } = environment;
  if (BRIDGESCOPE_CACHE) return BRIDGESCOPE_CACHE;
  if (process.platform === 'darwin') return join(homedir(), 'Library', 'Caches', 'bridgescope');
  if (process.platform === 'win32' && LOCALAPPDATA) return join(LOCALAPPDATA, 'bridgescope', 'Cache');
  return join(XDG_CACHE_HOME || join(homedir(), '.cache'), 'bridgescope');
}
