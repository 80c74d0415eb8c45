import { workerData } from 'node:worker_threads';
import { InputError } from '../errors.js';
import type { FillAnswer, FillRequest, FillThreadData } from '../files/fill-now.js';
import { fillPartFile } from './fill.js';
import { hubSettings } from './settings.js';

/** The thread that fetches for one that waits: see `files/fill-now.ts`. */
const { port, answered } = workerData as FillThreadData;

port.on('message', async ({ file, ranges }: FillRequest) => {
  port.postMessage(await fill(file, ranges));
  Atomics.store(answered, 0, 1);
  Atomics.notify(answered, 0);
});

async function fill(file: string, ranges: FillRequest['ranges']): Promise<FillAnswer> {
  try {
    await fillPartFile(file, ranges, hubSettings());
    return null;
  } catch (error) {
    const known = error instanceof InputError;
    return { refusal: known ? error.message : `${file}: cannot be fetched (${(error as Error).message})` };
  }
}
