import { Worker } from 'node:worker_threads';
import { InputError } from '../errors.js';
import type { MemberOptions, Stretch } from './member.js';
import type { Members } from './team.js';

/** Where worker threads find their code: beside this file once built, in the build while the sources are tested. */
const workerFile = new URL(
  import.meta.url.endsWith('.ts') ? '../../dist/train/worker.js' : './worker.js',
  import.meta.url,
);

/**
 * Worker threads, one a member.
 * @throws InputError as `createMember`
 */
export async function membersInWorkers(options: Omit<MemberOptions, 'index'>): Promise<Members> {
  const workers = Array.from(
    { length: options.count },
    (_, index) => new Worker(workerFile, { workerData: { ...options, index } }),
  );
  let closed = false;
  const answers = () =>
    Promise.all(
      workers.map(
        (worker) =>
          new Promise<Stretch | undefined>((resolve, reject) => {
            const settle = () => {
              worker.off('message', onMessage);
              worker.off('error', onError);
              worker.off('exit', onExit);
            };
            const onMessage = (answer: MemberAnswer) => {
              settle();
              if ('failure' in answer) reject(new InputError(answer.failure));
              else resolve(answer.stretch);
            };
            const onError = (error: Error) => {
              settle();
              reject(error);
            };
            const onExit = () => {
              settle();
              reject(new Error('a training worker ended before its work was done'));
            };
            worker.on('message', onMessage);
            worker.on('error', onError);
            worker.on('exit', onExit);
          }),
      ),
    );
  const close = async () => {
    if (closed) return;
    closed = true;
    await Promise.all(workers.map((worker) => worker.terminate()));
  };
  const orEnd = async <Result>(work: Promise<Result>): Promise<Result> => {
    try {
      return await work;
    } catch (error) {
      // The others may be waiting for the one that failed.
      await close();
      throw error;
    }
  };
  await orEnd(answers());
  return {
    async order(order) {
      const done = answers();
      for (const worker of workers) worker.postMessage(order);
      const [first] = await orEnd(done);
      return first;
    },
    close,
  };
}

/** What a worker answers to an order, and once when it is ready. */
export type MemberAnswer = { readonly stretch: Stretch | undefined } | { readonly failure: string };
