import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { clearLost, TakenOver, takeOver } from '../../src/sweep/sweep-folder.js';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'bridgescope-claim-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Writes a file as a run does: the folder is made if need be. */
function write(path: string, name: string): void {
  mkdirSync(path, { recursive: true });
  writeFileSync(join(path, name), name);
}

describe('a run that is taken over', () => {
  it('keeps its files, and who lost it can do it no harm', () => {
    const first = takeOver(folder, 'run-1.5');
    write(first.path, 'early');
    const second = takeOver(folder, 'run-1.5');
    expect(readdirSync(second.path)).toEqual(['early']);
    expect(() => first.check()).toThrow(TakenOver);
    // Whoever lost it may not know yet.
    write(first.path, 'late');
    expect(() => first.check()).toThrow(TakenOver);
    expect(() => first.publish()).toThrow(TakenOver);
    second.check();
    second.publish();
    expect(readdirSync(join(folder, 'runs/run-1.5'))).toEqual(['early']);
    expect(readdirSync(join(folder, 'work'))).toEqual([]);
    write(first.path, 'very late');
    expect(() => first.publish()).toThrow(TakenOver);
    clearLost(folder, new Set(['run-1.5']));
    expect(readdirSync(join(folder, 'work'))).toEqual([]);
    expect(readdirSync(join(folder, 'runs/run-1.5'))).toEqual(['early']);
  });

  it('goes to the highest of its folders', () => {
    for (const name of ['run.2', 'run.10', 'run.9', 'run-2.11', 'run.x', 'run.010']) {
      write(join(folder, 'work', name), name);
    }
    expect(readdirSync(takeOver(folder, 'run').path)).toEqual(['run.10']);
    expect(existsSync(join(folder, 'work/run.11'))).toBe(true);
  });
});
