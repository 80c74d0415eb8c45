import { InputError } from '../errors.js';

/** A checkpoint file that cannot be read or trusted. */
export class CheckpointError extends InputError {
  override readonly name: string = 'CheckpointError';
}
