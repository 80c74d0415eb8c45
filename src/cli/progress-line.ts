/** How far a job has come, as text. */
export interface ProgressState {
  readonly label: string;
  /** What is counted, in the plural, such as `checkpoints`. */
  readonly unit: string;
  readonly done: number;
  readonly total: number;
  /** Such as `12/s`; empty at first. */
  readonly rate: string;
  /** Such as `3 s left`; empty at first. */
  readonly left: string;
  /** What to show besides, such as the present errors: from the whole text to the part that matters most. */
  readonly notes: readonly string[];
}

/** Shortest and longest bar, in columns. */
const [shortest, longest] = [8, 28];

/**
 * One line that fits a terminal: as much of the state as there is room for. First the rate and the name of the unit go, then
 * the less important notes, then the bar, and the errors of a training last.
 * @param width columns of the terminal
 */
export function progressLine(state: ProgressState, width: number): string {
  const { label, unit, done, total, rate, left } = state;
  // The last column stays free: some terminals wrap the line when it is taken.
  const room = width - 1;
  const share = total > 0 ? Math.min(1, done / total) : 1;
  const notes = state.notes.length === 0 ? [''] : state.notes;
  const pace = [rate, left].filter((text) => text !== '').join(', ');
  const joined = (...parts: string[]) => parts.filter((text) => text !== '').join(' · ');
  const [all = '', ...shorter] = notes;
  // The last note leaves out too much to make room for a bar.
  const withBar = [all, ...shorter.slice(0, -1)].flatMap((note) => [
    joined(`${done}/${total} ${unit}`, pace, note),
    joined(`${done}/${total}`, left, note),
  ]);
  for (const text of withBar) {
    const columns = Math.min(longest, room - label.length - text.length - 2);
    if (columns >= shortest) return `${label} ${bar(share, columns)} ${text}`;
  }
  const percent = `${Math.floor(100 * share)} %`;
  const withoutBar = (shorter.length === 0 ? [all] : shorter).flatMap((note) => [
    joined(percent, left, note),
    joined(percent, note),
  ]);
  return withoutBar.find((text) => text.length <= room) ?? percent;
}

function bar(share: number, columns: number): string {
  const full = Math.floor(share * columns);
  return '█'.repeat(full) + '░'.repeat(columns - full);
}

/** Least and longest time between two lines of a log, in milliseconds. */
const [leastPause, longestPause] = [3000, 600_000];

/** Lines of a log thin out: a tenth of the time that has passed lies between two of them. */
export function pauseAfter(elapsed: number): number {
  return Math.min(longestPause, Math.max(leastPause, elapsed / 10));
}
