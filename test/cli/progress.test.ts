import { describe, expect, it } from 'vitest';
import { type ProgressState, pauseAfter, progressLine } from '../../src/cli/progress-line.js';

const training: ProgressState = {
  label: 'training',
  unit: 'steps',
  done: 8168,
  total: 20000,
  rate: '120/s',
  left: '1 min 38 s left',
  notes: ['loss 2.710 · ID err 0.861 · OOD err 0.937', 'ID err 0.861 · OOD err 0.937', 'OOD err 0.937'],
};

describe('the line of a job', () => {
  it.each([
    [
      130,
      'training ███████████░░░░░░░░░░░░░░░░░ 8168/20000 steps · 120/s, 1 min 38 s left · loss 2.710 · ID err 0.861 · OOD err 0.937',
    ],
    [80, 'training ████░░░░░░ 8168/20000 · 1 min 38 s left · ID err 0.861 · OOD err 0.937'],
    [60, '40 % · 1 min 38 s left · ID err 0.861 · OOD err 0.937'],
    [40, '40 % · ID err 0.861 · OOD err 0.937'],
    [24, '40 % · OOD err 0.937'],
    [8, '40 %'],
  ])('keeps the errors in %i columns', (columns, line) => {
    expect(progressLine(training, columns)).toBe(line);
    expect(line.length).toBeLessThan(columns);
  });

  it('has a full bar at the end alone', () => {
    const measuring = { ...training, label: 'measuring', unit: 'checkpoints', rate: '9.1/s', notes: [] };
    const at = (done: number) => progressLine({ ...measuring, done, total: 101, left: '3 s' }, 80);
    expect(at(100)).toContain('█░ 100/101 checkpoints · 9.1/s, 3 s');
    expect(at(101)).toContain('█ 101/101 checkpoints · 9.1/s, 3 s');
    expect(at(0)).toContain(' ░');
  });
});

it('lines of a log thin out: sixty in the first hour, then one every ten minutes', () => {
  const linesUntil = (end: number): number => {
    let [time, count] = [0, 0];
    for (time += pauseAfter(time); time <= end; time += pauseAfter(time)) count++;
    return count;
  };
  const minute = 60_000;
  expect(pauseAfter(0)).toBe(3000);
  expect(linesUntil(minute)).toBeGreaterThan(12);
  expect(linesUntil(60 * minute)).toBeLessThan(72);
  expect(linesUntil(48 * 60 * minute) - linesUntil(24 * 60 * minute)).toBe(24 * 6);
});
