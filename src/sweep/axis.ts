import { InputError, showValue } from '../errors.js';

/** What an option can be set to in a plan. */
export type OptionValue = string | number | boolean | null;

/** More values than any sweep needs: a typing error such as 1..1e9 should not fill the memory. */
const mostValues = 100_000;

const number = String.raw`[-+]?\d+(?:\.\d+)?(?:[eE][-+]?\d+)?`;
const rangePattern = new RegExp(
  String.raw`^\s*(${number})\s*\.\.\s*(${number})(?:\s+(by|times)\s+(${number}))?\s*$`,
);

/**
 * Reads the values of an axis: one value, a range, or a list of both. Ranges include both ends: `1..5`, `20..1000 by 20`, and
 * `8..1024 times 2` for equal steps on a logarithmic scale.
 * @param where what to name in an error, such as `plan.yaml: axes.pool_size`
 * @throws InputError when it has no values, a value twice, or something else than values
 */
export function axisValues(found: unknown, where: string): OptionValue[] {
  const values = (Array.isArray(found) ? found : [found]).flatMap((item) => valuesOf(item, where));
  if (values.length === 0) {
    throw new InputError(
      `${where}: expected at least one value, found an empty list; fill it, or leave it out`,
    );
  }
  const seen = new Set<OptionValue>();
  for (const value of values) {
    if (seen.has(value)) {
      throw new InputError(`${where}: ${JSON.stringify(value)} is there twice; leave one of them out`);
    }
    seen.add(value);
    if (seen.size > mostValues) throw new InputError(`${where}: more than ${mostValues} values`);
  }
  return values;
}

/**
 * The same for whole numbers, such as ranks and steps.
 * @throws InputError also when a value is no whole number
 */
export function wholeNumbers(found: unknown, where: string): number[] {
  return axisValues(found, where).map((value) => {
    if (Number.isSafeInteger(value)) return value as number;
    throw new InputError(
      `${where}: expected whole numbers such as [5, 10] or 0..2000 by 200, found ${showValue(value)}`,
    );
  });
}

function valuesOf(item: unknown, where: string): OptionValue[] {
  if (typeof item === 'string') {
    if (/\.\.|…/.test(item)) return rangeOf(item, where);
    checkSpelling(item, where);
    return [item];
  }
  if (item === null || typeof item === 'boolean') return [item];
  if (typeof item === 'number' && Number.isFinite(item)) return [item];
  throw new InputError(
    `${where}: expected values such as 5, true, null, or ranges such as 20..1000 by 20, found ${showValue(item)}`,
  );
}

/** @throws InputError for texts that mean several values, spelled in another way */
function checkSpelling(text: string, where: string): void {
  const numbers = String.raw`\s*${number}\s*`;
  if (new RegExp(`^${numbers}(?:[,;]${numbers})+$`).test(text)) {
    const list = text.split(/[,;]/).map((item) => item.trim());
    throw new InputError(`${where}: ${showValue(text)} is one text; a list is written [${list.join(', ')}]`);
  }
  const [, from, to, , step = ''] =
    new RegExp(`^\\s*(${number})\\s*(?:-|:|to)\\s*(${number})(\\s*(?:by|step|:)\\s*(${number}))?\\s*$`).exec(
      text,
    ) ?? [];
  if (from !== undefined && to !== undefined) {
    const by = step === '' ? '' : ` by ${step}`;
    throw new InputError(`${where}: ${showValue(text)} is one text; a range is written ${from}..${to}${by}`);
  }
}

function rangeOf(text: string, where: string): number[] {
  const match = rangePattern.exec(text);
  if (match === null) {
    throw new InputError(
      `${where}: expected a range such as 1..5, 20..1000 by 20 or 8..1024 times 2, found ${showValue(text)}`,
    );
  }
  const [from, to, step] = [Number(match[1]), Number(match[2]), Number(match[4] ?? 1)] as const;
  const grows = match[3] === 'times' ? step > 1 && from > 0 : step > 0;
  if (!(grows && from <= to)) {
    const rule = match[3] === 'times' ? '0 < from ≤ to and a factor above 1' : 'from ≤ to and a step above 0';
    throw new InputError(`${where}: the range ${showValue(text)} is empty; it needs ${rule}`);
  }
  const at = (i: number) => (match[3] === 'times' ? from * step ** i : from + i * step);
  const values: number[] = [];
  // Both ends are meant to be hit, whatever the rounding of decimal steps.
  for (let i = 0; at(i) <= to + Math.abs(to) * 1e-12; i++) {
    values.push(Number(at(i).toPrecision(12)));
    if (values.length > mostValues) {
      throw new InputError(`${where}: the range ${showValue(text)} has more than ${mostValues} values`);
    }
  }
  return values;
}
