/** Entries in a row that differ in nothing but their epoch. */
export interface RepeatedEntry {
  /** What they hold beside the epoch. */
  readonly entry: Readonly<Record<string, unknown>>;
  /** Ever larger whole numbers, within 31 bits. */
  readonly epochs: readonly number[];
}

/** The start of a list of objects, and the text with which the first one leads up to its epoch. */
const listStart = /^[ \t\r\n]*\[[ \t\r\n]*(\{[ \t\r\n]*"epoch"[ \t\r\n]*:[ \t\r\n]*)[0-9]/;

/** A file of which more entries than these hold new values is faster read as a whole. */
const mostNew = { first: 16, share: 0.25 };

/**
 * Reads the text of an `err_arr.json` in which most entries repeat the values of the one before, as they do between
 * evaluations: what is the same text after the epoch is not parsed again.
 * @returns undefined for text of any other kind, valid or not: what it holds is for `JSON.parse` to say
 */
export function parseRepeatedEntries(text: string): readonly RepeatedEntry[] | undefined {
  const opening = listStart.exec(text)?.[1];
  if (opening === undefined) return undefined;
  const pieces = text.split(opening);
  const entries: RepeatedEntry[] = [];
  let values: string | undefined;
  let epochs: number[] = [];
  let lastEpoch = -1;
  for (const [at, piece] of pieces.entries()) {
    if (at === 0) continue;
    const digits = piece.slice(0, Math.max(0, piece.indexOf(',')));
    const epoch = Number(digits);
    const isWhole = Number.isInteger(epoch) && String(epoch) === digits;
    if (!isWhole || epoch <= lastEpoch || epoch >= 0x7fff_ffff) return undefined;
    lastEpoch = epoch;
    const found = piece.slice(digits.length);
    if (found !== values) {
      values = found;
      const entry = parseValues(values, at === pieces.length - 1);
      if (entry === undefined || entries.length > mostNew.first + mostNew.share * at) return undefined;
      epochs = [];
      entries.push({ entry, epochs });
    }
    epochs.push(epoch);
  }
  return entries;
}

/**
 * Parses the rest of an entry. Since it makes a list of just one object, followed by the end of the list or by one thing
 * more, such rests and the openings between them make a list of such objects.
 */
function parseValues(rest: string, isLast: boolean): RepeatedEntry['entry'] | undefined {
  try {
    const list = JSON.parse(isLast ? `[{"":0${rest}` : `[{"":0${rest}null]`) as RepeatedEntry['entry'][];
    const isOne = isLast ? list.length === 1 : list.length === 2 && list[1] === null;
    const [entry] = list;
    // Of two epochs the last one counts.
    return isOne && entry !== undefined && !Object.hasOwn(entry, 'epoch') ? entry : undefined;
  } catch {
    return undefined;
  }
}
