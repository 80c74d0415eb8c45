import { parameterLayout } from '../model/parameters.js';
import type { RunConfig } from '../run/config.js';
import { memberHere, type YieldToEvents } from './member-here.js';
import { membersInWorkers } from './members-in-workers.js';
import type { Sequences } from './sequences.js';
import { leadTeam, type Team } from './team.js';
import { createTeamMemory, evaluationParts, shardCount } from './team-memory.js';

export interface TeamOptions {
  readonly config: RunConfig;
  readonly sets: { readonly test: Sequences; readonly ood: Sequences };
  /** With 1, everything runs in this thread. */
  readonly jobs: number;
  readonly fast: boolean;
}

/** How long this thread works before it lets signals and timers through, in milliseconds. */
const mostMilliseconds = 100;

/** How long members train on their own before they report, in milliseconds: progress is shown about so often. */
const reportInterval = 400;

/**
 * Puts a team together.
 * @throws InputError when the model does not fit into memory, or `fast` is not to be had
 */
export async function createTeam({ config, sets, jobs, fast }: TeamOptions): Promise<Team> {
  const parts = evaluationParts(config);
  // Members beyond the number of shards help with evaluations only.
  const count = Math.max(1, Math.min(jobs, Math.max(shardCount, parts.length)));
  const memory = createTeamMemory(config, parameterLayout(config), sets, count > 1);
  const options = { config, fast, memory };
  const members =
    count === 1 ? memberHere(options, yieldingNowAndThen()) : await membersInWorkers({ ...options, count });
  return leadTeam({ members, memory, parts, reportInterval });
}

/** Lets signals and timers through every now and then. */
function yieldingNowAndThen(): YieldToEvents {
  let last = performance.now();
  return () => {
    if (performance.now() - last < mostMilliseconds) return undefined;
    return new Promise((resolve) =>
      setImmediate(() => {
        last = performance.now();
        resolve();
      }),
    );
  };
}
