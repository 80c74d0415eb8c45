import { createHash } from 'node:crypto';
import { appendFileSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { z } from 'zod';
import { InputError } from '../errors.js';
import type { JudgedList, Judgement } from './trial.js';

/**
 * What has been judged so far, a line a task, in a file that is added to as tasks end: a command that is stopped goes on where
 * it was. Results belong to the bytes that they came from, by name, size and time of the files.
 */
export interface Journal {
  find(key: string): JudgedList | undefined;
  /** @throws InputError when the disk does not take it */
  add(key: string, judged: JudgedList): void;
  /** Deletes the file: when the table is written, it is no longer needed. */
  close(): void;
}

const lineSchema = z.strictObject({
  key: z.string(),
  // JSON has no NaN.
  judgements: z.array(z.record(z.string(), z.number().nullable())),
  wrongOfSequence: z.array(z.array(z.number())).optional(),
});

/** Opens the journal of a folder. Lines that cannot be read, such as a last one cut short, are passed over. */
export function openJournal(path: string): Journal {
  const known = new Map<string, JudgedList>();
  for (const line of readLines(path)) {
    const entry = lineSchema.safeParse(parseLine(line));
    if (!entry.success) continue;
    const { key, wrongOfSequence } = entry.data;
    const judgements = entry.data.judgements.map(
      (numbers): Judgement =>
        Object.fromEntries(Object.entries(numbers).map(([name, value]) => [name, value ?? Number.NaN])),
    );
    known.set(key, { judgements, ...(wrongOfSequence && { wrongOfSequence }) });
  }
  return {
    find: (key) => known.get(key),
    add(key, { judgements, wrongOfSequence }) {
      known.set(key, { judgements, ...(wrongOfSequence && { wrongOfSequence }) });
      try {
        mkdirSync(dirname(path), { recursive: true });
        // A new line first: the last one may be cut short.
        appendFileSync(path, `\n${JSON.stringify({ key, judgements, wrongOfSequence })}\n`);
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        throw new InputError(`${path}: cannot be written (${code}); make room or choose another --out`);
      }
    },
    close: () => rmSync(path, { force: true }),
  };
}

/** A key of what a task depends on: the files as they are now, and the rest as JSON. */
export function journalKey(files: readonly string[], rest: unknown): string {
  const identities = files.map((file) => {
    const status = statSync(file, { throwIfNoEntry: false });
    return [file, status?.size ?? null, status?.mtimeMs ?? null];
  });
  return createHash('sha256')
    .update(JSON.stringify([identities, rest]))
    .digest('hex');
}

function readLines(path: string): string[] {
  try {
    return readFileSync(path, 'utf8').split('\n');
  } catch {
    return [];
  }
}

function parseLine(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}
