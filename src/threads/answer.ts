import { InputError } from '../errors.js';

/** What a worker thread hands back: the result, or the message of an InputError, whose class would not survive the way. */
export type WorkerAnswer<Result> = { readonly result: Result } | { readonly refusal: string };

/** Wraps what a worker thread does, so that bad input can still be distinguished from a fault of the program on the other side. */
export function answering<Task, Result>(
  work: (task: Task) => Result | Promise<Result>,
): (task: Task) => Promise<WorkerAnswer<Result>> {
  return async (task) => {
    try {
      return { result: await work(task) };
    } catch (error) {
      if (error instanceof InputError) return { refusal: error.message };
      throw error;
    }
  };
}

/** The result. @throws InputError where the worker refused its input */
export function resultOf<Result>(answer: WorkerAnswer<Result>): Result {
  if ('refusal' in answer) throw new InputError(answer.refusal);
  return answer.result;
}
