/**
 * Bad input: a file, a tensor or an option that is not what it must be.
 * The message names what was looked at, what was expected, what was found, and what to do about it, in one line.
 */
export class InputError extends Error {
  override readonly name: string = 'InputError';
}

/** A mistake in how a command or function was called, rather than in a file. The command line exits with status 2. */
export class UsageError extends InputError {
  override readonly name: string = 'UsageError';
}

/** Arrays whose shapes do not fit together. */
export class ShapeError extends InputError {
  override readonly name: string = 'ShapeError';
}
