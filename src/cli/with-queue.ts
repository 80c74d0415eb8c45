import { withPackages } from '../files/optional-packages.js';

/** Loads what works through a queue on Redis. @throws InputError where its packages are not installed */
export function withQueue<Part>(what: string, load: () => Promise<Part>): Promise<Part> {
  return withPackages(what, ['bullmq', 'ioredis'], load);
}
