import { sha256 } from '@noble/hashes/sha2';
import { bytesToHex } from '@noble/hashes/utils';
import { InputError } from '../../src/errors.js';
import type { LabEvent, LabOrder } from '../../src/lab/events.js';
import { createLabSession, type Session } from '../../src/lab/session.js';

/** Entry of the worker that trains one run. */
let session: Promise<Session> | undefined;
let isRunning = false;

const post = (event: LabEvent) => postMessage(event);
const channel = new MessageChannel();

/** A later task: orders that have come meanwhile are taken first. Timers would wait for milliseconds. */
const yieldThread = () =>
  new Promise<void>((resolve) => {
    channel.port1.onmessage = () => resolve();
    channel.port2.postMessage(null);
  });

addEventListener('message', ({ data }: MessageEvent<LabOrder>) => {
  if (data.kind === 'begin') {
    const { config, version } = data;
    session = createLabSession({
      config,
      version,
      post,
      yieldThread,
      sha256: (bytes) => bytesToHex(sha256(bytes)),
    });
    session.catch(fail);
  } else if (data.kind === 'pause') {
    session?.then(
      (running) => running.pause(),
      () => {},
    );
  } else if (!isRunning && session !== undefined) {
    isRunning = true;
    session
      .then((ready) => ready.run(data.steps))
      .catch(fail)
      .finally(() => {
        isRunning = false;
      });
  }
});

function fail(error: unknown): void {
  // Anything else ends the worker with an error event, which the page tells of.
  if (!(error instanceof InputError)) {
    reportError(error);
    return;
  }
  post({ kind: 'failed', message: error.message });
}
