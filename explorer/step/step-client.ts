import type { RunSource } from '../source/run-source.js';
import type { Answer, Kind, Question, Questions } from './protocol.js';
import StepWorker from './step-worker.ts?worker';

/** A checkpoint that the worker can be asked about. */
export interface Target {
  readonly source: RunSource;
  readonly step: number;
}

/** Asks the worker that opens checkpoints. */
export interface StepClient {
  /** @throws Error whose message is for the reader: a checkpoint that is not to be had, broken, or not of this model */
  ask<K extends Kind>(target: Target, kind: K, ask: Questions[K]['ask']): Promise<Questions[K]['answer']>;
}

interface Pending {
  resolve(answer: Answer): void;
  reject(error: Error): void;
}

/** A client; its worker starts with the first question. */
export function createStepClient(): StepClient {
  const pending = new Map<number, Pending>();
  const names = new WeakMap<RunSource, number>();
  const loading = new Map<string, Promise<Uint8Array<ArrayBuffer>>>();
  let worker: Worker | undefined;
  let questions = 0;
  let sources = 0;

  const start = (): Worker => {
    const started = new StepWorker();
    started.addEventListener('message', ({ data }: MessageEvent<Answer>) => {
      pending.get(data.id)?.resolve(data);
      pending.delete(data.id);
    });
    started.addEventListener('error', (event) => {
      // Out of memory, or no WebAssembly: whoever asks next gets a new one.
      event.preventDefault();
      for (const { reject } of pending.values()) {
        reject(new Error(event.message || 'the part of the page that opens checkpoints has stopped'));
      }
      pending.clear();
      started.terminate();
      worker = undefined;
    });
    return started;
  };
  const send = (question: Omit<Question, 'id'>): Promise<Answer> => {
    worker ??= start();
    const id = questions++;
    return new Promise((resolve, reject) => {
      pending.set(id, { resolve, reject });
      worker!.postMessage({ ...question, id });
    });
  };
  /** A run trained again under the same name has other bytes at the same step. */
  const keyOf = ({ source, step }: Target): string => {
    let name = names.get(source);
    if (name === undefined) {
      name = sources++;
      names.set(source, name);
    }
    return `${name} ${step} ${source.provenance.peek().checkpoints[step] ?? ''}`;
  };
  const load = (key: string, { source, step }: Target): Promise<Uint8Array<ArrayBuffer>> => {
    const found = loading.get(key) ?? source.checkpoint(step);
    loading.set(key, found);
    const forget = () => loading.delete(key);
    found.then(forget, forget);
    return found;
  };
  return {
    async ask(target, kind, ask) {
      const { source, step } = target;
      const { config } = source;
      if (config === undefined)
        throw new Error(`${source.setting} has no config: its steps cannot be opened`);
      const key = keyOf(target);
      let answer = await send({ key, kind, ask });
      if (answer.need) {
        const bytes = await load(key, target);
        // The bytes are copied into the message: others may wait for the same ones.
        const file = `${source.setting}, step ${step}`;
        answer = await send({ key, kind, ask, opening: { bytes, config, file } });
      }
      if (answer.error !== undefined) throw new Error(answer.error);
      return answer.answer as never;
    },
  };
}
