import { createHash } from 'node:crypto';
import { closeSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** A model on the server. */
export interface ServedModel {
  /** Folders by revision. */
  readonly revisions: Readonly<Record<string, string>>;
  /** Told to everybody, read with the token alone. */
  readonly gated?: true;
  /** To all without the token it is not there. */
  readonly isPrivate?: true;
}

/** A request that came, on either host. */
export interface Asked {
  readonly host: 'hub' | 'storage';
  readonly path: string;
  readonly authorization: string | undefined;
  readonly range: string | undefined;
}

/** What goes wrong with one answer. */
export interface Fault {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** The connection breaks after so many bytes of the body. */
  readonly breakAfter?: number;
  /** The body ends after so many bytes, as if it were whole. */
  readonly endAfter?: number;
  /** So many bytes more than were asked for. */
  readonly tooMany?: number;
  /** The whole file comes, whatever range is asked for. */
  readonly ignoreRange?: true;
  /** A page of a network that asks to log in comes instead. */
  readonly logIn?: true;
  /** Milliseconds between pieces of the body. */
  readonly pause?: number;
}

/**
 * A small server that speaks the Hub's routes: what it knows of a model, its refs, its files, and `resolve`, which sends large files
 * from another host, as the Hub does. It counts what it sends.
 */
export interface HubServer {
  readonly url: string;
  readonly token: string;
  readonly asked: Asked[];
  /** Bytes of files sent since the server began, or since this was set to 0. */
  sent: number;
  /** Decides what goes wrong with a request; undefined for nothing. */
  fault: (asked: Asked) => Fault | undefined;
  commitOf(repo: string, revision: string): string;
  close(): Promise<void>;
}

/** Files that the Hub itself sends; all others come from the storage. */
const small = /\.json$/;

export async function startHub(models: Readonly<Record<string, ServedModel>>): Promise<HubServer> {
  const asked: Asked[] = [];
  const commitOf = (repo: string, revision: string) =>
    createHash('sha1').update(`${repo}@${revision}`).digest('hex');
  const folderAt = (repo: string, name: string): string | undefined => {
    const revisions = Object.entries(models[repo]?.revisions ?? {});
    return revisions.find(([revision]) => revision === name || commitOf(repo, revision) === name)?.[1];
  };
  const token = 'hf_secretsecretsecret';
  let storage = '';
  const note = (host: Asked['host'], request: IncomingMessage): Asked => {
    const { authorization, range } = request.headers;
    const entry = { host, path: decodeURIComponent(request.url ?? ''), authorization, range };
    asked.push(entry);
    return entry;
  };
  const hub = createServer((request, response) => {
    const entry = note('hub', request);
    const fault = state.fault(entry);
    if (fault?.status !== undefined) return refuse(response, fault.status, fault.headers);
    if (fault?.logIn) {
      response.writeHead(200, { 'content-type': 'text/html' }).end('<title>Log in</title>');
      return;
    }
    const [path = ''] = entry.path.split('?');
    const of =
      /^\/(?:api\/models\/)?([^/]+\/[^/]+)\/(revision|refs|tree|resolve)(?:\/([^/]+))?(?:\/(.+))?$/.exec(
        path,
      );
    const [, repo = '', route, revision = '', file = ''] = of ?? [];
    const model = models[repo];
    const isKnown = entry.authorization === `Bearer ${token}`;
    const invalid = entry.authorization !== undefined && !isKnown;
    if (invalid) return refuse(response, 401);
    if (model === undefined || (model.isPrivate && !isKnown)) {
      return refuse(response, isKnown ? 404 : 401, isKnown ? { 'x-error-code': 'RepoNotFound' } : {});
    }
    if (route === 'refs') {
      const branches = Object.keys(model.revisions).map((name) => ({
        name,
        ref: `refs/heads/${name}`,
        targetCommit: commitOf(repo, name),
      }));
      return json(response, { branches, tags: [], converts: [] });
    }
    const folder = folderAt(repo, revision);
    if (folder === undefined) return refuse(response, 404, { 'x-error-code': 'RevisionNotFound' });
    if (route === 'revision') {
      const name = Object.keys(model.revisions).find((known) => folderAt(repo, known) === folder) ?? '';
      const known = revision.length === 40 ? revision : commitOf(repo, name);
      return json(response, {
        _id: '1',
        id: repo,
        sha: known,
        private: false,
        gated: false,
        lastModified: 0,
      });
    }
    if (model.gated && !isKnown) return refuse(response, 401, { 'x-error-code': 'GatedRepo' });
    if (route === 'tree') {
      return json(
        response,
        readdirSync(folder).map((name) => {
          const status = statSync(join(folder, name));
          return {
            type: status.isDirectory() ? 'directory' : 'file',
            path: name,
            size: status.size,
            oid: '1',
          };
        }),
      );
    }
    if (!readdirSync(folder).includes(file))
      return refuse(response, 404, { 'x-error-code': 'EntryNotFound' });
    if (small.test(file)) return sendFile(state, entry, response, join(folder, file), fault);
    response.writeHead(302, { location: `${storage}/${repo}/${revision}/${file}` }).end();
  });
  const other = createServer((request, response) => {
    const entry = note('storage', request);
    const fault = state.fault(entry);
    if (fault?.status !== undefined) return refuse(response, fault.status, fault.headers);
    const [, org, name, revision = '', file = ''] = entry.path.split('/');
    sendFile(state, entry, response, join(folderAt(`${org}/${name}`, revision) ?? '', file), fault);
  });
  const state: HubServer = {
    ...{ url: await listen(hub), token, asked, sent: 0, commitOf },
    fault: () => undefined,
    close: async () => {
      for (const server of [hub, other]) {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      }
    },
  };
  // By another name, so that it is another host.
  storage = (await listen(other)).replace('127.0.0.1', 'localhost');
  return state;
}

async function listen(server: Server): Promise<string> {
  await new Promise<void>((resolve) => server.listen(0, resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function refuse(
  response: ServerResponse,
  status: number,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify({ error: 'refused' }));
}

function json(response: ServerResponse, value: unknown): void {
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
}

async function sendFile(
  state: HubServer,
  { range }: Asked,
  response: ServerResponse,
  path: string,
  { headers, breakAfter, endAfter, tooMany = 0, ignoreRange, pause }: Fault = {},
): Promise<void> {
  const { size, mtimeMs } = statSync(path);
  const [, first, last] = (ignoreRange ? null : /^bytes=(\d+)-(\d+)$/.exec(range ?? '')) ?? [];
  const from = Number(first ?? 0);
  const to = Math.min(size, Number(last ?? size - 1) + 1);
  const length = Math.min(size, to + tooMany) - from;
  const isPart = first !== undefined;
  response.writeHead(isPart ? 206 : 200, {
    etag: `"${size}-${mtimeMs}"`,
    'accept-ranges': 'bytes',
    ...(isPart && { 'content-range': `bytes ${from}-${to - 1}/${size}` }),
    ...(endAfter === undefined && { 'content-length': String(length) }),
    ...headers,
  });
  const file = openSync(path, 'r');
  const piece = pause === undefined ? 1 << 16 : 1 << 10;
  try {
    const end = from + Math.min(length, breakAfter ?? length, endAfter ?? length);
    for (let at = from; at < end && !response.destroyed; ) {
      const bytes = Buffer.alloc(Math.min(piece, end - at));
      at += readSync(file, bytes, 0, bytes.length, at);
      state.sent += bytes.length;
      if (!response.write(bytes)) await writable(response);
      if (pause !== undefined) await new Promise((resolve) => setTimeout(resolve, pause));
    }
  } finally {
    closeSync(file);
  }
  if (breakAfter !== undefined && breakAfter < length) response.destroy();
  else response.end();
}

/** Until a response takes more, or its connection is gone. */
function writable(response: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const goOn = () => {
      for (const event of ['drain', 'close']) response.off(event, goOn);
      resolve();
    };
    for (const event of ['drain', 'close']) response.on(event, goOn);
  });
}
