import cliProgress from 'cli-progress';
import { type ProgressState, pauseAfter, progressLine } from './progress-line.js';

/** Shows on stderr how far a long job has come. */
export interface ProgressLine {
  /**
   * @param notes what to show besides, such as the present errors: the whole text first, then shorter ones for a narrow terminal
   * @param total where it has changed
   */
  update(done: number, notes?: readonly string[], total?: number): void;
  stop(): void;
}

const silent: ProgressLine = { update: () => {}, stop: () => {} };

/**
 * A progress bar with rate and time left on a terminal, lines that thin out elsewhere, nothing when quiet.
 * @param unit what is counted, in the plural, such as `checkpoints`
 */
export function startProgress(
  label: string,
  unit: string,
  total: number,
  quiet: boolean,
  done = 0,
): ProgressLine {
  if (quiet || total === 0) return silent;
  const started = performance.now();
  const begin: ProgressState = { label, unit, done, total, rate: '', left: 'starting', notes: [] };
  const stateAt = (at: number, now: number, notes: readonly string[]): ProgressState => ({
    ...{ label, unit, done: at, total: now, notes },
    ...pace(done, at, now, started),
  });
  return process.stderr.isTTY ? bar(begin, stateAt) : lines(begin, stateAt);
}

/** Progress of a job that says itself how much there is to do, once it has begun. */
export interface CountedProgress {
  /** @param unit what is counted, in the plural; a new one begins a new bar */
  update(done: number, total: number, unit: string): void;
  stop(): void;
}

/** As `startProgress`, for a job whose total and unit are known with its first part. */
export function startCounting(label: string, quiet: boolean): CountedProgress {
  let progress = silent;
  let counted: string | undefined;
  return {
    update: (done, total, unit) => {
      if (unit !== counted) {
        progress.stop();
        progress = startProgress(label, unit, total, quiet);
        counted = unit;
      }
      progress.update(done);
    },
    stop: () => progress.stop(),
  };
}

type StateAt = (done: number, total: number, notes: readonly string[]) => ProgressState;

function bar(begin: ProgressState, stateAt: StateAt): ProgressLine {
  const bar = new cliProgress.SingleBar({
    format: (_options, _params, { state }: { state: ProgressState }) =>
      progressLine(state, process.stderr.columns || usualColumns),
    hideCursor: true,
    stopOnComplete: false,
    stream: process.stderr,
  });
  bar.start(begin.total, begin.done, { state: begin });
  return {
    update: (done, notes = [], now = begin.total) => {
      if (now !== bar.getTotal()) bar.setTotal(now);
      bar.update(done, { state: stateAt(done, now, notes) });
    },
    stop: () => bar.stop(),
  };
}

/** Of a terminal that does not say how wide it is. */
const usualColumns = 80;

function lines({ total }: ProgressState, stateAt: StateAt): ProgressLine {
  const started = performance.now();
  let last = started;
  let unsaid: ProgressState | undefined;
  const write = ({ label, unit, done, total, rate, left, notes }: ProgressState) => {
    const count = `${label}: ${done}/${total} ${unit}`;
    const parts = [count, [rate, left].filter((text) => text !== '').join(', '), notes[0] ?? ''];
    process.stderr.write(`${parts.filter((text) => text !== '').join(' · ')}\n`);
  };
  return {
    update: (done, notes = [], all = total) => {
      unsaid = stateAt(done, all, notes);
      const now = performance.now();
      if (now - last < pauseAfter(last - started)) return;
      last = now;
      write(unsaid);
      unsaid = undefined;
    },
    stop: () => {
      // A log that has lines says how the job ended; a short job needs none.
      if (unsaid !== undefined && last > started) write(unsaid);
      unsaid = undefined;
    },
  };
}

function pace(
  before: number,
  done: number,
  total: number,
  started: number,
): Pick<ProgressState, 'rate' | 'left'> {
  const seconds = (performance.now() - started) / 1000;
  const rate = (done - before) / seconds;
  if (done === before || seconds === 0) return { rate: '', left: 'starting' };
  const shown = rate >= 10 ? rate.toFixed(0) : rate.toPrecision(2);
  const left = done >= total ? duration(seconds) : `${duration((total - done) / rate)} left`;
  return { rate: `${shown}/s`, left };
}

/** A time a person can read: 0.4 s, 12 s, 3 min 5 s, 2 h 4 min. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
