import type { core } from 'zod';

/** A hostile file may have names of megabytes; the start and the end of a message say what matters. */
const longestMessage = 2000;

/**
 * Bad input: a file, a tensor or an option that is not what it must be.
 * The message names what was looked at, what was expected, what was found, and what to do about it, in one line:
 * names from files may hold line ends and terminal codes, which become spaces.
 */
export class InputError extends Error {
  override readonly name: string = 'InputError';

  constructor(message: string, options?: ErrorOptions) {
    super(shorten(message.replace(/[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]+/gu, ' '), longestMessage), options);
  }
}

/**
 * A value of any kind as it may stand in a message: JSON, cut short; a file can hold what JSON cannot say.
 * @param most characters that are shown
 */
export function showValue(value: unknown, most = 60): string {
  if (value === undefined) return 'nothing';
  try {
    return shorten(JSON.stringify(value) ?? typeof value, most);
  } catch {
    return typeof value === 'bigint' ? shorten(String(value), most) : 'something deeply nested';
  }
}

/** The first thing that a schema found wrong; an error of a schema has at least one. */
export function firstIssue({
  issues: [issue],
}: {
  readonly issues: readonly core.$ZodIssue[];
}): core.$ZodIssue {
  if (issue === undefined) throw new RangeError('an error of a schema without an issue');
  return issue;
}

/** What a schema calls the types of JSON, in the words of messages. */
const typeNames: Readonly<Record<string, string>> = {
  int: 'a whole number',
  number: 'a number',
  boolean: 'true or false',
  string: 'a text',
  array: 'a list',
  tuple: 'a list',
  object: 'an object',
  record: 'an object',
  null: 'null',
};

/** What a schema wants at a place, as it may follow "expected"; or, where it cannot be said so, what is wrong there. */
export function describeIssue(issue: core.$ZodIssue): string {
  if (issue.code === 'invalid_type') return `expected ${typeNames[issue.expected] ?? issue.expected}`;
  if (issue.code === 'invalid_value')
    return `expected ${issue.values.map((value) => showValue(value)).join(' or ')}`;
  if (issue.code === 'unrecognized_keys')
    return `expected no key ${issue.keys.map((key) => showValue(key)).join(', ')}`;
  if (issue.code === 'too_small' || issue.code === 'too_big') {
    const isNumber = issue.origin === 'number' || issue.origin === 'int';
    const [limit, inclusive, exclusive] =
      issue.code === 'too_small' ? [issue.minimum, 'at least', 'above'] : [issue.maximum, 'at most', 'below'];
    if (!isNumber)
      return `expected ${inclusive} ${limit} ${issue.origin === 'string' ? 'characters' : 'entries'}`;
    return `expected a number ${issue.inclusive === false ? exclusive : `of ${inclusive}`} ${limit}`;
  }
  return issue.message.charAt(0).toLowerCase() + issue.message.slice(1);
}

function shorten(text: string, most: number): string {
  if (text.length <= most) return text;
  const kept = Math.floor(most / 2);
  return `${text.slice(0, kept)}…${text.slice(kept + 1 - most)}`;
}

/** A mistake in how a command or function was called, rather than in a file. The command line exits with status 2. */
export class UsageError extends InputError {
  override readonly name: string = 'UsageError';
}

/** An option of an experiment that is not what it must be. Whoever knows where it was set names the place. */
export class OptionError extends InputError {
  override readonly name: string = 'OptionError';

  /** Its published name. */
  readonly option: string;
  /** What is wrong, and what would do. */
  readonly fault: string;

  constructor(option: string, fault: string) {
    super(`option ${option}: ${fault}`);
    this.option = option;
    this.fault = fault;
  }
}

/** Arrays whose shapes do not fit together. */
export class ShapeError extends InputError {
  override readonly name: string = 'ShapeError';
}
