/** A step of a run that is kept in view, to be compared with another. */
export interface Pinned {
  readonly setting: string;
  readonly step: number;
}

/** As it stands in the address: `1200.small_run`. */
export function pinnedText({ setting, step }: Pinned): string {
  return `${step}.${setting}`;
}

/** Reads it; null where there is none, or what stands there is none. */
export function parsePinned(text: string | null): Pinned | null {
  const [, step, setting] = /^(\d{1,10})\.(.+)$/s.exec(text ?? '') ?? [];
  return step === undefined || setting === undefined ? null : { setting, step: Number(step) };
}
