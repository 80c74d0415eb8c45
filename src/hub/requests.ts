import { setTimeout as sleep } from 'node:timers/promises';
import { InputError } from '../errors.js';
import type { HubSettings } from './settings.js';

/** How often a request that the Hub could not answer is made again, and the first pause in milliseconds; each doubles. */
const attempts = 4;
const firstPause = 250;
/** The longest that the Hub may ask to be left alone, in milliseconds, before that is said instead. */
const longestPause = 30_000;
/** How long a server may say nothing, in milliseconds. */
const silence = 60_000;

/** The Hub refused, or was out of reach; says which, and what to do. */
export class HubError extends InputError {
  override readonly name: string = 'HubError';
}

/** Statuses of a server that is busy and may answer later. */
const busy = new Set([408, 429, 500, 502, 503, 504]);

/**
 * `fetch` for the Hub. The token goes to the endpoint's own origin alone: `fetch` drops it where a redirect leads elsewhere.
 * Busy servers and broken connections are tried again.
 * @param what is asked for, as an error names it: `hf:org/name`
 * @throws HubError in one line, which never holds the token
 */
export function hubFetch(settings: HubSettings, what: string): typeof fetch {
  const { origin } = new URL(settings.endpoint);
  return async (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const headers = new Headers(init?.headers);
    headers.delete('authorization');
    if (settings.token !== null && url.origin === origin)
      headers.set('authorization', `Bearer ${settings.token}`);
    for (let attempt = 1; ; attempt++) {
      init?.signal?.throwIfAborted();
      const response = await answerOf(url, { ...init, headers });
      const pause = firstPause * 2 ** (attempt - 1);
      if (response instanceof Error) {
        if (attempt === attempts) throw outOfReach(settings, what, response);
        await sleep(pause);
        continue;
      }
      if (response.ok) return response;
      const asked = pauseAsked(response);
      if (!busy.has(response.status) || attempt === attempts || asked > longestPause) {
        await response.body?.cancel();
        throw refusal(settings, what, response, asked);
      }
      await response.body?.cancel();
      await sleep(Math.max(pause, asked));
    }
  };
}

async function answerOf(url: URL, init: RequestInit): Promise<Response | Error> {
  const quiet = new AbortController();
  const timer = setTimeout(() => quiet.abort(new Error(`no answer for ${silence / 1000} s`)), silence);
  const signal = init.signal ? AbortSignal.any([init.signal, quiet.signal]) : quiet.signal;
  try {
    return await fetch(url, { ...init, signal });
  } catch (error) {
    if (init.signal?.aborted === true) throw error;
    return error as Error;
  } finally {
    clearTimeout(timer);
  }
}

/** Milliseconds, by Retry-After or the Hub's own `RateLimit: …;t=SECONDS`. */
function pauseAsked({ headers }: Response): number {
  const after = headers.get('retry-after') ?? /(?:^|;)\s*t=(\d+)/.exec(headers.get('ratelimit') ?? '')?.[1];
  if (after === null || after === undefined) return 0;
  const seconds = /^\d+$/.test(after) ? Number(after) : (Date.parse(after) - Date.now()) / 1000;
  return Number.isFinite(seconds) ? Math.max(0, seconds * 1000) : 0;
}

function refusal(
  { endpoint, token }: HubSettings,
  what: string,
  { status, headers }: Response,
  pause: number,
): HubError {
  const code = headers.get('x-error-code');
  const page = `${endpoint}/${what.replace(/^hf:/, '').replace(/@.*/, '')}`;
  if (code === 'GatedRepo' || (status === 403 && code === null)) {
    const first =
      token === null ? 'set HF_TOKEN to a token of an account' : 'ask for access with the account';
    return new HubError(`${what}: is gated; ${first} that has accepted its conditions at ${page}`);
  }
  if (status === 401 && token !== null) {
    return new HubError(
      `${what}: the token in HF_TOKEN is not accepted; make a new one at ${endpoint}/settings/tokens`,
    );
  }
  if (code === 'RevisionNotFound') {
    return new HubError(`${what}: has no such revision; see ${page}/tree/main for those that it has`);
  }
  if (code === 'EntryNotFound') return new HubError(`${what}: the model has no such file`);
  // The Hub answers 401 to strangers for private models and for those that do not exist alike.
  if (status === 401 || code === 'RepoNotFound' || status === 404) {
    const access =
      token === null ? 'set HF_TOKEN if it is private' : 'check that the token in HF_TOKEN may read it';
    return new HubError(`${what}: there is no such model, or it is private; check the name, and ${access}`);
  }
  if (status === 429) {
    const when = pause > 0 ? `in ${Math.ceil(pause / 1000)} s` : 'in some minutes';
    const more = token === null ? ', or set HF_TOKEN, which allows more' : '';
    return new HubError(`${what}: too many requests for now; try again ${when}${more}`);
  }
  if (status === 416) return new HubError(`${what}: the file is shorter than the Hub says; try again later`);
  return new HubError(`${what}: the Hub answered with status ${status}; try again later`);
}

function outOfReach({ endpoint }: HubSettings, what: string, error: Error): HubError {
  const { host } = new URL(endpoint);
  const cause = (error.cause ?? error) as NodeJS.ErrnoException;
  const reason = cause.code ?? cause.message;
  return new HubError(
    `${what}: ${host} is out of reach (${reason}); check the connection, or set HF_HUB_OFFLINE=1 to use what is in the cache`,
  );
}
