import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from 'node:worker_threads';
import { InputError } from '../errors.js';
import type { Range } from './ranges.js';

/** What the thread that fetches is asked for. */
export interface FillRequest {
  readonly file: string;
  readonly ranges: readonly Range[];
}

/** What it is started with. */
export interface FillThreadData {
  readonly port: MessagePort;
  /** One number: 1 once an answer waits at the port. */
  readonly answered: Int32Array;
}

/** Null when all is here; otherwise why not. */
export type FillAnswer = { readonly refusal: string } | null;

let opened: FillThreadData | undefined;

/**
 * Fetches parts of a file while this thread waits: tensors are read in the middle of a computation, which cannot be put off.
 * The first call in a thread starts the thread that fetches for it.
 * @throws InputError that says why they cannot be had
 */
export function fillNow(file: string, ranges: readonly Range[]): void {
  opened ??= openFillThread();
  const { port, answered } = opened;
  Atomics.store(answered, 0, 0);
  port.postMessage({ file, ranges } satisfies FillRequest);
  Atomics.wait(answered, 0, 0);
  const answer = receiveMessageOnPort(port)?.message as FillAnswer;
  if (answer !== null) throw new InputError(answer.refusal);
}

function openFillThread(): FillThreadData {
  const { port1, port2 } = new MessageChannel();
  const answered = new Int32Array(new SharedArrayBuffer(4));
  const workerData: FillThreadData = { port: port2, answered };
  const thread = new Worker(new URL('../hub/fill-worker.js', import.meta.url), {
    workerData,
    transferList: [port2],
  });
  thread.unref();
  port1.unref();
  return { port: port1, answered };
}
