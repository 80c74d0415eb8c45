import { InputError } from '../errors.js';
import { type ByteSource, checkRange } from './byte-source.js';

/** What of a browser's `File` is used; the page's types of it are not everywhere at hand. */
export interface BrowserFile {
  readonly name: string;
  readonly size: number;
  slice(from: number, to: number): unknown;
}

/** Workers have a reader that waits; pages have none, since they must not wait. */
interface WaitingReader {
  readAsArrayBuffer(part: unknown): ArrayBuffer;
}

/**
 * A file that was chosen in a browser, read by range in a worker thread.
 * @throws InputError outside a worker
 * Source: W3C File API, `FileReaderSync`.
 */
export function openBrowserFile(file: BrowserFile): ByteSource {
  const { name, size } = file;
  const { FileReaderSync } = globalThis as { FileReaderSync?: new () => WaitingReader };
  if (FileReaderSync === undefined)
    throw new InputError(`${name}: files are read by range in a worker alone`);
  const reader = new FileReaderSync();
  return {
    name,
    size,
    read: (offset, length) => {
      checkRange(name, size, offset, length);
      const bytes = readPart(reader, file, offset, length);
      if (bytes.length === length) return bytes;
      throw changed(name, `of ${length} bytes from byte ${offset} on, ${bytes.length} are there`);
    },
  };
}

function readPart(reader: WaitingReader, file: BrowserFile, offset: number, length: number): Uint8Array {
  try {
    return new Uint8Array(reader.readAsArrayBuffer(file.slice(offset, offset + length)));
  } catch (error) {
    // Browsers keep the date of a file that was chosen, and refuse to read it once it has another.
    const { name: kind } = error as Error;
    if (kind === 'NotReadableError' || kind === 'NotFoundError') throw changed(file.name, 'choose it again');
    throw new InputError(`${file.name}: ${length} bytes from byte ${offset} on cannot be read (${kind})`);
  }
}

function changed(name: string, how: string): InputError {
  return new InputError(`${name}: changed or went away while it was read: ${how}`);
}
