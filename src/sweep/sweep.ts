import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../errors.js';
import { writeFileAtomically } from '../files/atomic-file.js';
import { type PlannedRun, plannedRuns } from './expand.js';
import type { Shard } from './lock.js';
import type { RunOrder } from './perform-run.js';
import { type Plan, parsePlan } from './plan.js';
import { checkSweepFolder } from './sweep-folder.js';

/** A plan and the folder it is carried out in. */
export interface Sweep {
  readonly plan: Plan;
  /** The text of the plan's file. */
  readonly text: string;
  readonly runs: readonly PlannedRun[];
  /** SHA-256 of what the plan asks for, whatever its comments and its order of keys. */
  readonly planHash: string;
  readonly folder: string;
  /** Of bridgescope. */
  readonly version: string;
}

/** A plan is small by nature; the limit keeps a wrong file from being swallowed whole. */
const planBytesLimit = 1 << 20;

/**
 * Reads a plan.
 * @throws InputError when it cannot be read or is none, UsageError when the folder holds something else than a sweep
 */
export function openSweep(planPath: string, folder: string, version: string): Sweep {
  if (folder !== '') checkSweepFolder(folder);
  let text: string;
  try {
    text = readFileSync(planPath, 'utf8');
  } catch (error) {
    throw new InputError(
      `${planPath}: cannot be read (${(error as NodeJS.ErrnoException).code}); give the path of a plan in YAML`,
    );
  }
  if (text.length > planBytesLimit) {
    throw new InputError(
      `${planPath}: ${text.length} bytes are too many for a plan (limit ${planBytesLimit}); write ranges such as 20..1000 by 20`,
    );
  }
  const plan = parsePlan(text, planPath);
  const runs = plannedRuns(plan);
  const asked = JSON.stringify([plan.measure, plan.keep, runs.map(({ setting, hash }) => [setting, hash])]);
  const planHash = createHash('sha256').update(asked).digest('hex');
  return { plan, text, runs, planHash, folder, version };
}

/** Puts a copy of the plan beside its runs. */
export function copyPlan({ folder, text }: Sweep): void {
  writeFileAtomically(join(folder, 'plan.yaml'), [text]);
}

/**
 * The runs of a shard: every `of`-th. All shards together have each run once, and their numbers differ by one at most.
 */
export function shardOf(runs: readonly PlannedRun[], { index, of }: Shard): PlannedRun[] {
  return runs.filter((_, at) => at % of === index - 1);
}

/** Everything that a run needs, so that another thread or machine can make it. @param threads that train it together */
export function orderOf({ folder, plan, version }: Sweep, run: PlannedRun, threads: number): RunOrder {
  const { setting, config, hash, measure } = run;
  return { folder, setting, config, hash, keep: plan.keep, measure, version, threads };
}
