/** A field of a table: text, a number, or nothing. */
export type Field = string | number | null;

/**
 * Rows as CSV (RFC 4180, but lines end in a bare newline). Numbers have the fewest digits that read back to the same value;
 * what is not a number is an empty field.
 */
export function csvText(header: readonly string[], rows: Iterable<readonly Field[]>): string {
  let text = `${header.map(fieldText).join(',')}\n`;
  for (const row of rows) text += `${row.map(fieldText).join(',')}\n`;
  return text;
}

function fieldText(field: Field): string {
  if (field === null) return '';
  if (typeof field === 'number') return Number.isNaN(field) ? '' : String(field);
  return /[",\r\n]|^\s|\s$/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
