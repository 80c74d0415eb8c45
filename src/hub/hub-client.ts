import { InputError } from '../errors.js';
import { withPackages } from '../files/optional-packages.js';
import type { HubPlace } from '../files/part-file.js';
import { HubError, hubFetch } from './requests.js';
import type { HubSettings } from './settings.js';

/** A file of a model at one commit. */
export interface HubFile {
  readonly path: string;
  /** In bytes. */
  readonly size: number;
}

/** A branch or a tag, and the commit at which it stands. */
export interface HubRevision {
  readonly revision: string;
  readonly commit: string;
}

const commitForm = /^[0-9a-f]{40}$/;
/** Names of files as they may become files of a folder here. */
const fileForm = /^[A-Za-z0-9][A-Za-z0-9._-]{0,200}$/;

const client = () =>
  withPackages('reading from the Hub', ['@huggingface/hub'], () => import('@huggingface/hub'));

/** Whether something is an entry of a list of files, of a name that may become one of a folder here. */
export function isHubFile(entry: unknown): entry is HubFile {
  const { path, size } = (entry ?? {}) as Partial<HubFile>;
  return typeof path === 'string' && fileForm.test(path) && Number.isSafeInteger(size) && Number(size) >= 0;
}

/** The commit at which a revision of a model stands. @throws HubError */
export async function commitOf(settings: HubSettings, repo: string, revision: string): Promise<string> {
  const { modelInfo } = await client();
  const what = `hf:${repo}@${revision}`;
  const { sha } = await understood(what, () =>
    modelInfo({
      name: repo,
      revision,
      additionalFields: ['sha'],
      hubUrl: settings.endpoint,
      fetch: hubFetch(settings, what),
    }),
  );
  return checkedCommit(sha, what);
}

/** Every branch and tag of a model. The client has no call for it. @throws HubError */
export async function revisionsOf(settings: HubSettings, repo: string): Promise<HubRevision[]> {
  const what = `hf:${repo}`;
  const response = await hubFetch(settings, what)(`${settings.endpoint}/api/models/${repo}/refs`);
  const { branches, tags } = (await understood(what, () => response.json())) as Record<string, unknown>;
  const entries: unknown[] = [branches, tags].filter(Array.isArray).flat();
  return entries.map((entry) => {
    const { name, targetCommit } = (entry ?? {}) as Record<string, unknown>;
    return { revision: String(name), commit: checkedCommit(targetCommit, what) };
  });
}

/** The files of a model's own folder at a commit. @throws HubError */
export async function filesOf(settings: HubSettings, repo: string, commit: string): Promise<HubFile[]> {
  const { listFiles } = await client();
  const what = `hf:${repo}`;
  return understood(what, async () => {
    const files: HubFile[] = [];
    const listing = listFiles({
      repo,
      revision: commit,
      hubUrl: settings.endpoint,
      fetch: hubFetch(settings, what),
    });
    for await (const { type, path, size } of listing) {
      if (type === 'file' && isHubFile({ path, size })) files.push({ path, size });
    }
    return files;
  });
}

/** What an answer says. @throws HubError where it is none of the Hub's, as behind a network that asks to log in first */
async function understood<Answer>(what: string, ask: () => Promise<Answer>): Promise<Answer> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new HubError(
      `${what}: the answer is none of the Hub's (${(error as Error).message}); check HF_ENDPOINT, and whether this network asks to log in first`,
    );
  }
}

/**
 * Bytes of a file from one up to, without, another, piece by piece as they come; when the connection breaks, it ends early. The
 * client's own blobs lose what went wrong on the way.
 * @param onEtag is told what the server calls this version of the file
 * @throws HubError where the Hub refuses, or sends other bytes than were asked for
 */
export async function* bytesOf(
  settings: HubSettings,
  { repo, commit, path, size }: HubPlace,
  [from, to]: readonly [number, number],
  onEtag: (etag: string) => void,
  signal?: AbortSignal,
): AsyncGenerator<Uint8Array, void, undefined> {
  const what = `hf:${repo}: ${path}`;
  const response = await hubFetch(settings, `hf:${repo}`)(fileAddress(settings, repo, commit, path), {
    headers: { Range: `bytes=${from}-${to - 1}` },
    ...(signal && { signal }),
  });
  try {
    checkRange(response, [from, to], size, what);
  } catch (error) {
    await response.body?.cancel();
    throw error;
  }
  const etag = response.headers.get('etag');
  if (etag !== null) onEtag(etag);
  let left = to - from;
  for await (const bytes of piecesOf(response)) {
    if (bytes.length > left)
      throw new HubError(`${what}: the Hub sent more than was asked for; try again later`);
    left -= bytes.length;
    yield bytes;
  }
}

/** The body of a response; where the connection breaks, what has come of it. */
async function* piecesOf({ body }: Response): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = body?.getReader();
  try {
    for (;;) {
      const piece = await reader?.read().catch(() => undefined);
      if (piece === undefined || piece.done) return;
      yield piece.value;
    }
  } finally {
    // Whoever wants no more of it lets the connection go.
    await reader?.cancel().catch(() => {});
  }
}

function fileAddress({ endpoint }: HubSettings, repo: string, commit: string, path: string): string {
  return `${endpoint}/${repo}/resolve/${commit}/${encodeURIComponent(path)}`;
}

/** A small file as a whole. @throws HubError */
export async function wholeFile(settings: HubSettings, place: HubPlace): Promise<Uint8Array> {
  const { downloadFile } = await client();
  const { repo, commit, path, size } = place;
  const what = `hf:${repo}`;
  const url = fileAddress(settings, repo, commit, path);
  const blob = await downloadFile({
    ...{ repo, path, revision: commit, xet: false, fetch: hubFetch(settings, what) },
    downloadInfo: { size, etag: '', url },
  });
  if (blob === null) throw new HubError(`${what}: the model has no ${path} any more; try again`);
  for (let attempt = 1; ; attempt++) {
    const bytes = await blob.arrayBuffer().then(
      (buffer) => new Uint8Array(buffer),
      (error) => error as Error,
    );
    if (bytes instanceof HubError) throw bytes;
    if (!(bytes instanceof Error) && bytes.length === size) return bytes;
    if (attempt === 3) throw new HubError(`${what}: ${path} does not come whole; try again later`);
  }
}

function checkRange(
  { status, headers }: Response,
  [from, to]: readonly [number, number],
  size: number,
  what: string,
): void {
  const isWhole = from === 0 && to === size;
  const sent = headers.get('content-range');
  if (status === 206 ? sent === `bytes ${from}-${to - 1}/${size}` : isWhole && hasLength(headers, size))
    return;
  const found = status === 206 ? `sent ${JSON.stringify(sent)}` : `answered with status ${status}`;
  throw new HubError(
    `${what}: asked for bytes ${from} to ${to} of ${size}, the Hub ${found}; try again later, or download the file`,
  );
}

function hasLength(headers: Headers, size: number): boolean {
  const length = headers.get('content-length');
  return length === null || headers.has('content-encoding') || Number(length) === size;
}

function checkedCommit(value: unknown, what: string): string {
  if (typeof value === 'string' && commitForm.test(value)) return value;
  throw new HubError(`${what}: the Hub names no commit for it; try again later`);
}
