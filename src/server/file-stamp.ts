import type { Stats } from 'node:fs';

/** How long a file that cannot be read may still be one that is being written. */
const settlingMilliseconds = 5000;

/** Size and time of a file: they differ when it has changed. */
export function stampOf({ size, mtimeMs }: Stats): string {
  return `${size} ${mtimeMs}`;
}

/** Whether a file was written so lately that its writer may not be done. @param now milliseconds, as `Date.now()` */
export function isSettling({ mtimeMs }: Stats, now: number): boolean {
  return Math.abs(now - mtimeMs) < settlingMilliseconds;
}
