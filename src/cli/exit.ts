import { setMaxListeners } from 'node:events';
import { fstatSync } from 'node:fs';
import { isatty } from 'node:tty';
import { InputError, UsageError } from '../errors.js';
import { writeFully } from '../files/atomic-file.js';

/** Exit statuses of every command. */
export const exitStatus = {
  done: 0,
  /** Failed, or nothing could be measured. */
  failed: 1,
  usage: 2,
  /** Finished, but inputs were skipped; they are named on stderr. */
  skipped: 3,
  interrupted: 130,
  terminated: 143,
} as const;

/** What a thrown value means to the user: one line, and a status. */
export function explain(error: unknown): { readonly line: string; readonly status: number } {
  if (error instanceof UsageError) return { line: oneLine(error.message), status: exitStatus.usage };
  if (error instanceof InputError) return { line: oneLine(error.message), status: exitStatus.failed };
  const { code, path, message } = error as NodeJS.ErrnoException;
  const where = path === undefined ? '' : `${path}: `;
  if (code === 'ENOSPC') {
    return {
      line: `${where}no space left on the disk; make room there or choose another place`,
      status: exitStatus.failed,
    };
  }
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return {
      line: `${where}not allowed (${code}); check the permissions or choose another place`,
      status: exitStatus.failed,
    };
  }
  if (code !== undefined) return { line: oneLine(`${where}${message}`), status: exitStatus.failed };
  return {
    line: oneLine(`unexpected error: ${message ?? String(error)} (please report it)`),
    status: exitStatus.failed,
  };
}

/**
 * Reads a file that says what to do, such as a plan: what is wrong with it is wrong usage, as it is in an option.
 * @throws UsageError instead of InputError
 */
export function askedInFile<Asked>(read: () => Asked): Asked {
  try {
    return read();
  } catch (error) {
    throw error instanceof InputError ? new UsageError(error.message) : error;
  }
}

/** Names from files may hold anything; a message is one line of printable text. */
export function oneLine(text: string): string {
  return [...text].map((char) => (char < ' ' || char === '\u007f' ? ' ' : char)).join('');
}

/** Writes a line for the user to stderr. */
export function say(text: string): void {
  process.stderr.write(`${oneLine(text)}\n`);
}

/** Writes a line of results to stdout. */
export function tell(text: string): void {
  print(`${oneLine(text)}\n`);
}

/**
 * Writes results to stdout. Into a file they go byte by byte as far as the disk takes them: Node's own stream leaves off
 * in silence what a full disk did not take.
 * @throws InputError when the file does not take them
 */
export function print(text: string): void {
  if (!isFile(process.stdout.fd)) {
    process.stdout.write(text);
    return;
  }
  try {
    writeFully(process.stdout.fd, Buffer.from(text));
  } catch (error) {
    throw new InputError(stdoutFailure(error));
  }
}

/** Why results did not get out, and what to do. */
export function stdoutFailure(error: unknown): string {
  const { code } = error as NodeJS.ErrnoException;
  const reason = code === 'ENOSPC' ? 'the disk is full' : `it failed with ${code}`;
  return `standard output: cannot be written: ${reason}; make room or send it elsewhere`;
}

function isFile(descriptor: number): boolean {
  if (isatty(descriptor)) return false;
  const status = fstatSync(descriptor);
  return !status.isFIFO() && !status.isSocket();
}

/** The first Ctrl-C or SIGTERM aborts the signal, so that a command can keep what it has; a second one ends at once. */
export function watchInterrupts(): { readonly signal: AbortSignal; status(): number | undefined } {
  const controller = new AbortController();
  // Every task that waits for a worker listens.
  setMaxListeners(0, controller.signal);
  let status: number | undefined;
  const stop = (code: number) => () => {
    if (status !== undefined) process.exit(code);
    status = code;
    controller.abort();
  };
  process.on('SIGINT', stop(exitStatus.interrupted));
  process.on('SIGTERM', stop(exitStatus.terminated));
  return { signal: controller.signal, status: () => status };
}
