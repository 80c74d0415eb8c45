import cliProgress from 'cli-progress';

/** Shows on stderr how far a long job has come. */
export interface Progress {
  /**
   * @param note what to show at the end of the bar, such as the present loss
   * @param total where it has changed
   */
  update(done: number, note?: string, total?: number): void;
  stop(): void;
}

/** Where stderr is no terminal, a line so often (ms). */
const lineInterval = 3000;

const silent: Progress = { update: () => {}, stop: () => {} };

/**
 * A progress bar with rate and time left on a terminal, a line every few seconds elsewhere, nothing when quiet.
 * @param unit what is counted, in the plural, such as `checkpoints`
 */
export function startProgress(
  label: string,
  unit: string,
  total: number,
  quiet: boolean,
  done = 0,
): Progress {
  if (quiet || total === 0) return silent;
  return process.stderr.isTTY ? bar(label, unit, total, done) : lines(label, unit, total, done);
}

function bar(label: string, unit: string, total: number, before: number): Progress {
  const started = performance.now();
  const bar = new cliProgress.SingleBar({
    format: `${label} {bar} {value}/{total} ${unit} · {pace}{note}`,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 28,
    hideCursor: true,
    stopOnComplete: false,
    stream: process.stderr,
  });
  bar.start(total, before, { pace: 'starting', note: '' });
  return {
    update: (done, note = '', now = total) => {
      if (now !== bar.getTotal()) bar.setTotal(now);
      bar.update(done, { pace: pace(before, done, now, started), note: note && ` · ${note}` });
    },
    stop: () => bar.stop(),
  };
}

function lines(label: string, unit: string, total: number, before: number): Progress {
  const started = performance.now();
  let last = started;
  return {
    update: (done, note = '', all = total) => {
      const now = performance.now();
      if (now - last < lineInterval) return;
      last = now;
      const text = `${label}: ${done}/${all} ${unit} · ${pace(before, done, all, started)}`;
      process.stderr.write(`${text}${note && ` · ${note}`}\n`);
    },
    stop: () => {},
  };
}

function pace(before: number, done: number, total: number, started: number): string {
  const seconds = (performance.now() - started) / 1000;
  const rate = (done - before) / seconds;
  if (done === before || seconds === 0) return 'starting';
  const shown = rate >= 10 ? rate.toFixed(0) : rate.toPrecision(2);
  return done >= total
    ? `${shown}/s, ${duration(seconds)}`
    : `${shown}/s, ${duration((total - done) / rate)} left`;
}

/** A time a person can read: 0.4 s, 12 s, 3 min 5 s, 2 h 4 min. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}
