import type { InputError } from '../errors.js';
import type { RunThreads } from './run-threads.js';

/** How a worker takes runs from the queue. */
export interface WorkerSettings {
  /** Where Redis is. */
  readonly redis: string;
  /** Runs at a time. */
  readonly jobs: number;
  /** The sweep's folder on this machine; null where it has the same path as on the one that queued the runs. */
  readonly folder: string | null;
  /** Seconds after which the runs of a worker that gives no sign are taken over. */
  readonly takeover: number;
  /** End when the queue is empty and all its runs have ended. */
  readonly untilEmpty: boolean;
  /** Of bridgescope. */
  readonly version: string;
  /** Ends the work soon: what is being made is saved and left to others. */
  readonly signal: AbortSignal;
  /** Told what begins, ends and goes wrong. */
  readonly onNote: (note: string) => void;
}

/** What the runs of a worker share. */
export interface QueueWorker {
  readonly settings: WorkerSettings;
  readonly threads: RunThreads;
  /** Aborted when the worker is to end. */
  readonly ending: AbortSignal;
  /** Runs that are being made, by the id of their jobs; aborted when the worker has lost one. */
  readonly active: Map<string, AbortController>;
  /** Folders that the worker has taken a place in, and how to give it up. */
  readonly folders: Map<string, Promise<() => void>>;
  readonly counts: { done: number; failed: number };
  /** Ends the worker for a reason. */
  giveUp(reason: InputError): void;
}
