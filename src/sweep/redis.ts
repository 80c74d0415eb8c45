import { Redis, ReplyError } from 'ioredis';
import { InputError, UsageError } from '../errors.js';

/** A connection to Redis, and how it is named in messages. */
export interface RedisLink {
  readonly client: Redis;
  /** Where it is, without user and password. */
  readonly place: string;
  close(): void;
}

/** How long Redis may take to answer at first, in milliseconds. Later on, it is waited for as long as it takes. */
export interface ConnectPatience {
  /** Where nothing answers, such as a server that hangs or a network that drops packets. */
  readonly silent: number;
  /** Where connections are turned down at once: nobody listens there, or there is no such host. It may be starting. */
  readonly refused: number;
}

const usualPatience: ConnectPatience = { silent: 10_000, refused: 2000 };

/** With these Redis answers a wrong user or password; with ERR, before version 6, also a database that it does not have. */
const refusals: readonly unknown[] = ['WRONGPASS', 'NOAUTH', 'NOPERM', 'ERR'];

/** What kind of error Redis answers: by its protocol, the first word. @returns undefined for other errors */
export function replyCode(error: Error): string | undefined {
  return error instanceof ReplyError ? error.message.split(' ')[0] : undefined;
}

/**
 * Connects to Redis. Once it has answered, a connection that is lost is made again, and what was asked meanwhile waits.
 * @param url such as redis://:PASSWORD@HOST:6379/0, rediss:// for TLS, or the path of a Unix socket
 * @param onNote called when the connection to Redis is lost and when it is back
 * @param patience for tests, which do not wait as long as a user would
 * @throws InputError when it cannot be reached or refuses the password; the password is never shown
 */
export async function connectRedis(
  url: string,
  onNote: (note: string) => void,
  patience = usualPatience,
): Promise<RedisLink> {
  const place = placeOf(url);
  const client = new Redis(url.replace(/^unix:\/\//, ''), {
    lazyConnect: true,
    // What BullMQ asks for: commands wait for the connection.
    maxRetriesPerRequest: null,
    connectTimeout: 5000,
    retryStrategy: (times) => Math.min(100 * 2 ** Math.min(times, 6), 2000),
  });
  await new Promise<void>((resolve, reject) => {
    let last: Error | undefined;
    const begun = performance.now();
    const fail = (error: InputError) => {
      clearTimeout(timer);
      client.disconnect();
      reject(error);
    };
    const timer = setTimeout(() => fail(unreachable(place, last, patience.silent)), patience.silent);
    client.on('error', (error: NodeJS.ErrnoException) => {
      last = error;
      if (refusals.includes(replyCode(error))) fail(refused(place, error));
      const turnedDown = /^(ECONNREFUSED|ENOENT|ENOTFOUND)$/.test(error.code ?? '');
      if (turnedDown && performance.now() - begun > patience.refused) {
        fail(unreachable(place, error, patience.silent));
      }
    });
    client.once('ready', () => {
      clearTimeout(timer);
      resolve();
    });
    client.connect().catch((error: Error) => {
      last ??= error;
    });
  });
  let away = false;
  client.on('close', () => {
    if (!away && client.status !== 'end') onNote(`${place} is away; waiting for it`);
    away = true;
  });
  client.on('ready', () => {
    if (away) onNote(`${place} is back`);
    away = false;
  });
  return { client, place, close: () => client.disconnect() };
}

function placeOf(url: string): string {
  if (/^(unix:\/\/)?\//.test(url)) return `Redis at ${url.replace(/^unix:\/\//, '')}`;
  try {
    const { protocol, hostname, port, pathname } = new URL(url);
    const database = pathname.slice(1);
    if (/^rediss?:$/.test(protocol) && hostname !== '' && /^\d*$/.test(database)) {
      return `Redis at ${hostname}:${port || 6379}${database && `/${database}`}`;
    }
  } catch {
    // Told below.
  }
  throw new UsageError(
    '--redis: expected redis://HOST:PORT, redis://:PASSWORD@HOST:PORT/DATABASE, rediss://… for TLS, or the path of a socket; see --help',
  );
}

function unreachable(place: string, last: NodeJS.ErrnoException | undefined, waited: number): InputError {
  const why =
    last === undefined ? `it did not answer within ${waited / 1000} s` : (last.code ?? last.message);
  return new InputError(`${place}: cannot be reached (${why}); start it, or correct --redis`);
}

function refused(place: string, error: Error): InputError {
  const reason = error.message.replace(/\s+/g, ' ').slice(0, 120);
  return new InputError(
    `${place}: refuses the connection (${reason}); give the right password and database with --redis redis://:PASSWORD@HOST:PORT/DATABASE`,
  );
}
