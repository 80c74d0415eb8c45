/** How fast a run grows, from when its last step was seen to move. */
export class Growth {
  private readonly seen: { readonly time: number; readonly step: number }[] = [];

  /** Notes the last step of a run at a time in milliseconds. */
  observe(time: number, step: number): void {
    const last = this.seen.at(-1);
    // A run that was started over counts from its beginning.
    if (last !== undefined && step < last.step) this.seen.length = 0;
    if (last?.step !== step) this.seen.push({ time, step });
    if (this.seen.length > 20) this.seen.shift();
  }

  /** Whether it has grown since it is watched. */
  get hasGrown(): boolean {
    return this.seen.length > 1;
  }

  /** Steps per second over what was seen last; undefined before it has grown. */
  get stepsPerSecond(): number | undefined {
    const first = this.seen[0];
    const last = this.seen.at(-1);
    if (first === undefined || last === undefined || last.time <= first.time) return undefined;
    return ((last.step - first.step) / (last.time - first.time)) * 1000;
  }

  /** Milliseconds without growth after which a run counts as stalled: several of its usual pauses. */
  get patience(): number {
    const first = this.seen[0];
    const last = this.seen.at(-1);
    const pause =
      first === undefined || last === undefined || this.seen.length < 2
        ? 0
        : (last.time - first.time) / (this.seen.length - 1);
    return Math.max(30_000, 5 * pause);
  }
}
