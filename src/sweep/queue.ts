import { createHash } from 'node:crypto';
import { ErrorCode, isNotConnectionError, type Job, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { describeIssue, firstIssue, InputError } from '../errors.js';
import { type ModelMeasureName, modelMeasureNames } from '../measures/model-plan.js';
import { checkConfig } from '../run/config.js';
import { checkTraining } from '../train/check-training.js';
import { configHash } from './expand.js';
import { checkpointHash } from './planned-checkpoint.js';
import { replyCode } from './redis.js';
import type { RunOrder } from './run-order.js';

/** Name of the queue, and what its keys in Redis begin with. */
export const queueName = 'runs';
export const queuePrefix = 'bridgescope';

/** A run that has taken so many workers with it is given up. */
export const mostDeaths = 20;

/** What a worker reports when a run is done. */
export interface QueuedResult {
  readonly host: string;
  /** The sweep's folder as that machine sees it. */
  readonly folder: string;
}

/** How far a run has come. */
export interface QueuedProgress {
  readonly step: number;
}

export type RunJob = Job<RunOrder, QueuedResult>;
export type RunQueue = Queue<RunOrder, QueuedResult>;

/** Opens the queue of runs. @param onNote called with what goes wrong besides a lost connection */
export function openQueue(client: Redis, onNote: (note: string) => void): RunQueue {
  const queue: RunQueue = new Queue(queueName, { connection: client, prefix: queuePrefix });
  queue.on('error', (error) => noteError(error, onNote));
  return queue;
}

/** BullMQ's codes of a run that another worker has taken over. */
const lostRun: readonly unknown[] = [
  ErrorCode.JobLockNotExist,
  ErrorCode.JobLockMismatch,
  ErrorCode.JobNotInState,
];

/** Notes an error of the queue, unless it is reported elsewhere: by the lost connection, or where a lost run is noticed. */
export function noteError(error: Error, onNote: (note: string) => void): void {
  const { code } = error as { code?: unknown };
  // The codes of a system are texts: of the network, since nothing else is asked for here.
  const isConnection = typeof code === 'string' || !isNotConnectionError(error);
  if (isConnection || lostRun.includes(code) || replyCode(error) === 'LOADING') return;
  onNote(`queue: ${error.message}`);
}

/** One run has one job, however often and by whomever it is queued. */
export function jobIdOf({ folder, setting, hash }: RunOrder): string {
  const name = createHash('sha256')
    .update(JSON.stringify([folder, setting, hash]))
    .digest('hex');
  return `run-${name.slice(0, 32)}`;
}

const whole = z.int();
const shared = {
  folder: z.string().startsWith('/').max(4096),
  setting: z.string().regex(/^(?!\.+$)[\w.+-]{1,250}$/),
  hash: z.string(),
  version: z.string(),
  threads: z.int().min(1).max(256),
};
const trainingSchema = z.strictObject({
  ...shared,
  kind: z.literal('training'),
  config: z.record(z.string(), z.unknown()),
  keep: z.union([z.enum(['all', 'none', 'last']), z.array(whole)]),
  measure: z.strictObject({
    ranks: z.array(whole.min(1)).min(1),
    rel_pos: z.array(whole).min(1),
    match: z.array(z.enum(['mean', 'largest'])).min(1),
  }),
});
const count = z.int().min(0).max(1e9);
const checkpointSchema = z.strictObject({
  ...shared,
  kind: z.literal('checkpoint'),
  name: z.string().min(1).max(200),
  step: count.nullable(),
  source: z
    .string()
    .regex(/^(?:\/|hf:)/)
    .max(4096),
  work: z.strictObject({
    measure: z
      .strictObject({
        measures: z.array(z.enum(modelMeasureNames as [ModelMeasureName])).nullable(),
        ranks: z.array(whole.min(1)).min(1).nullable(),
        rel_pos: z.array(whole).min(1),
        fold_norm: z.boolean(),
        pairs: z.string().max(100_000).nullable(),
      })
      .nullable(),
    heads: z.strictObject({ seed: count }).nullable(),
    intervene: z.strictObject({ remove: z.string().max(100_000), draws: count, seed: count }).nullable(),
  }),
});
const orderSchema = z.discriminatedUnion('kind', [trainingSchema, checkpointSchema]);

/**
 * Checks what came from the queue: anyone who reaches Redis can put things there.
 * @throws InputError when it is no run of a sweep
 */
export function checkOrder(data: unknown): RunOrder {
  const result = orderSchema.safeParse(data);
  if (!result.success) {
    const issue = firstIssue(result.error);
    throw new InputError(
      `the queue holds what is no run of a sweep (${issue.path.join('.')}: ${describeIssue(issue)}); queue it again`,
    );
  }
  const order = result.data;
  if (order.kind === 'checkpoint') {
    if (checkpointHash(order) === order.hash) return order;
    throw new InputError(`${order.setting}: its work does not have the hash it came with; queue it again`);
  }
  const { config } = checkConfig(order.config, order.setting);
  checkTraining(config);
  if (configHash(config) !== order.hash) {
    throw new InputError(`${order.setting}: its config does not have the hash it came with; queue it again`);
  }
  return { ...order, config };
}
