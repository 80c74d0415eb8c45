import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { InputError } from '../errors.js';
import { writeFileAtomically } from '../files/atomic-file.js';
import { hubSettings } from '../hub/settings.js';
import { readYaml } from '../run/read-yaml.js';
import { type PlannedRun, plannedRuns } from './expand.js';
import type { Shard } from './lock.js';
import { listsModels, type ModelsPlan, parseModelsPlan } from './models-plan.js';
import { type Plan, parsePlan } from './plan.js';
import { plannedCheckpoints } from './planned-checkpoint.js';
import type { RunOrder } from './run-order.js';
import { checkSweepFolder } from './sweep-folder.js';

/** A plan and the folder it is carried out in. */
export interface Sweep {
  readonly plan: Plan | ModelsPlan;
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
 * Reads a plan; names of models on the Hub are looked up there.
 * @throws InputError when it cannot be read or is none, UsageError when the folder holds something else than a sweep
 */
export async function openSweep(planPath: string, folder: string, version: string): Promise<Sweep> {
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
  const found = readYaml(text, planPath);
  if (listsModels(found)) {
    const plan = parseModelsPlan(found, planPath);
    const runs = await plannedCheckpoints(plan, hubSettings());
    return {
      plan,
      text,
      runs,
      planHash: hashOf(runs.map(({ setting, hash }) => [setting, hash])),
      folder,
      version,
    };
  }
  const plan = parsePlan(text, planPath);
  const runs = plannedRuns(plan);
  const planHash = hashOf([plan.measure, plan.keep, runs.map(({ setting, hash }) => [setting, hash])]);
  return { plan, text, runs, planHash, folder, version };
}

function hashOf(asked: unknown): string {
  return createHash('sha256').update(JSON.stringify(asked)).digest('hex');
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
export function orderOf({ folder, version }: Sweep, run: PlannedRun, threads: number): RunOrder {
  const { axes: _, ...rest } = run;
  return { folder, ...rest, version, threads };
}
