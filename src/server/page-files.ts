import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { InputError } from '../errors.js';

/** A file of the page, ready to send. */
export interface PageFile {
  readonly type: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Compressed when it is first asked for: the server listens sooner. */
  gzipped(): Uint8Array<ArrayBuffer>;
  /** Whether its name changes with its content, so that a browser may keep it for good. */
  readonly hashed: boolean;
}

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
  '.woff2': 'font/woff2',
};

/**
 * The built page by URL path. All of it is read before the first request, so no request's path ever reaches the disk.
 * @throws InputError when it has not been built
 */
export function loadPageFiles(): ReadonlyMap<string, PageFile> {
  const folder = pageFolder();
  const files = new Map<string, PageFile>();
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const bytes = new Uint8Array(readFileSync(path));
    let gzipped: Uint8Array<ArrayBuffer> | undefined;
    files.set(path.slice(folder.length - 1).replaceAll('\\', '/'), {
      type: types[extname(entry.name)] ?? 'application/octet-stream',
      bytes,
      gzipped: () => {
        gzipped ??= new Uint8Array(gzipSync(bytes));
        return gzipped;
      },
      hashed: path.includes('assets'),
    });
  }
  return files;
}

/** Built modules have it beside them; sources, run by tests, below `dist`. */
function pageFolder(): string {
  for (const place of ['../explorer/', '../../dist/explorer/']) {
    const folder = fileURLToPath(new URL(place, import.meta.url));
    if (existsSync(join(folder, 'index.html')) && !existsSync(join(folder, 'main.tsx'))) return folder;
  }
  throw new InputError('the explorer’s page is not built; run: npm run build');
}
