import { randomUUID } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../errors.js';
import { writeFileAtomically } from '../files/atomic-file.js';
import { exclusively } from '../files/mutex.js';
import { isAlive, type ProcessIdentity, silence, thisProcess } from '../files/process-identity.js';

/** A share of a plan's runs: every `of`-th, from number `index` (from 1). */
export interface Shard {
  readonly index: number;
  readonly of: number;
}

/** Who works in a sweep's folder: a sweep of this machine, with all runs or a share of them, or those who follow a queue. */
export type Role = Shard | 'queue';

interface Holder extends ProcessIdentity {
  readonly role: Role;
  /** Hash of the plan. */
  readonly plan: string;
}

/**
 * Takes a place in a sweep's folder. Shards of one plan, and those who follow a queue, share it; a lock whose process has died is
 * no obstacle.
 * @returns how to give the place up
 * @throws InputError naming the process that is at work there
 */
export async function lockFolder(folder: string, role: Role, plan: string): Promise<() => void> {
  const locks = join(folder, 'locks');
  checkFolder(folder);
  const own: Holder = { ...thisProcess(), role, plan };
  const path = join(locks, `${own.host}-${own.pid}-${randomUUID().slice(0, 8)}.json`);
  await exclusively(join(locks, '.taking'), async () => {
    for (const { name, holder, alive } of holdersIn(locks)) {
      if (!alive) rmSync(join(locks, name), { force: true });
      else if (holder !== null && !agree(own, holder)) throw conflict(folder, own, holder);
    }
    writeFileAtomically(path, [JSON.stringify(own)]);
  });
  const beat = setInterval(() => touch(path, own), silence / 4);
  beat.unref();
  return () => {
    clearInterval(beat);
    rmSync(path, { force: true });
  };
}

function checkFolder(folder: string): void {
  const found = statSync(folder, { throwIfNoEntry: false });
  if (found === undefined || found.isDirectory()) return;
  throw new InputError(`${folder}: expected a folder for the sweep, found a file; choose another --out`);
}

function agree(a: Holder, b: Holder): boolean {
  if (a.role === 'queue' || b.role === 'queue') return a.role === b.role;
  return a.plan === b.plan && a.role.of === b.role.of && a.role.index !== b.role.index;
}

function conflict(folder: string, own: Holder, other: Holder): InputError {
  const { role, host, pid } = other;
  const who = `process ${pid} on ${host}`;
  if (role === 'queue') {
    return new InputError(
      `${folder}: ${who} works on a queue's runs here; add --redis to join it, stop it, or choose another --out`,
    );
  }
  const theirs = role.of === 1 ? 'a sweep' : `shard ${role.index}/${role.of} of a sweep`;
  const isOther = own.role !== 'queue' && role.of > 1 && own.role.of > 1 && own.plan !== other.plan;
  const what = isOther ? `${theirs} with another plan` : theirs;
  return new InputError(
    `${folder}: ${what} is at work here (${who}); wait for it, stop it, or choose another --out`,
  );
}

interface Found {
  readonly name: string;
  readonly holder: Holder | null;
  readonly alive: boolean;
}

function* holdersIn(locks: string): Generator<Found> {
  // The clock of a shared folder's server may differ from this machine's: ages are measured by its own.
  const now = statSync(join(locks, '.taking')).mtimeMs;
  for (const name of readdirSync(locks).filter((file) => /^[^.].*\.json$/.test(file))) {
    try {
      const path = join(locks, name);
      const text = readFileSync(path, 'utf8');
      yield { name, holder: parse(text), alive: isAlive(text, now - statSync(path).mtimeMs) };
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    }
  }
}

function parse(text: string): Holder | null {
  try {
    const holder = JSON.parse(text) as Holder;
    return typeof holder.host === 'string' && holder.role !== undefined ? holder : null;
  } catch {
    return null;
  }
}

/** Written anew, so that the file's time is by its server's clock. */
function touch(path: string, own: Holder): void {
  try {
    writeFileAtomically(path, [JSON.stringify(own)]);
  } catch {
    // A file server that is away for a moment; the next beat may reach it.
  }
}
