import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** What identifies a process. */
export interface ProcessIdentity {
  readonly host: string;
  readonly pid: number;
  /** When it started, in the system's own unit; null where the system does not say. Process ids are used again. */
  readonly started: string | null;
}

/** A process of another machine is taken for dead when it has given no sign for so long, in milliseconds. */
export const silence = 60_000;

export function thisProcess(): ProcessIdentity {
  return { host: hostname(), pid: process.pid, started: startOf(process.pid) };
}

/**
 * Whether the process that wrote a file still lives.
 * @param text the identity as JSON; other text is that of a process that is just writing it
 * @param age milliseconds since it last touched the file
 */
export function isAlive(text: string, age: number): boolean {
  let found: Partial<ProcessIdentity>;
  try {
    found = JSON.parse(text) as Partial<ProcessIdentity>;
  } catch {
    return age < silence;
  }
  if (found.host !== hostname() || typeof found.pid !== 'number') return age < silence;
  try {
    process.kill(found.pid, 0);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ESRCH') return false;
  }
  return found.started === startOf(found.pid);
}

/** Field 22 of Linux's /proc/PID/stat: ticks since boot. The second field, a name in brackets, may hold spaces. */
function startOf(pid: number): string | null {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ')[19] ?? null;
  } catch {
    return null;
  }
}
