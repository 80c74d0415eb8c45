import { z } from 'zod';
import { describeIssue, firstIssue, InputError, showValue } from '../errors.js';
import { optionNames } from '../run/config.js';
import { statistics } from './statistics.js';
import type { StudiedRun } from './study.js';

const optionValue = z.union([z.string(), z.number(), z.boolean(), z.null()]);

const rangeSchema = z
  .strictObject({ at_least: z.number().optional(), at_most: z.number().optional() })
  .refine(({ at_least, at_most }) => at_least !== undefined || at_most !== undefined, {
    message: 'expected at_least, at_most or both',
  })
  .refine(({ at_least, at_most }) => at_least === undefined || at_most === undefined || at_least <= at_most, {
    message: 'at_least is above at_most, so nothing could keep it',
  });

/** From how many announced steps on a run counts, and from how many such runs on a claim can be judged. */
export const needsSchema = z
  .strictObject({ steps: z.int().min(0).default(0), runs: z.int().min(1).default(1) })
  .prefault({});

const claimSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9_]{1,80}$/, 'expected small letters, digits and underscores'),
  claim: z.string().min(1).max(1000),
  where: z.string().min(1).max(1000),
  runs: z.record(z.string(), z.union([optionValue, z.array(optionValue).min(1), rangeSchema])).default({}),
  statistic: z.string(),
  bound: rangeSchema,
  reason: z.string().max(1000).default(''),
  needs: needsSchema,
});

/** A statement about runs: which, what number, and where it has to lie. */
export type Claim = z.infer<typeof claimSchema>;

export type Bound = Claim['bound'];

/**
 * Checks a list of claims as it was read from YAML or JSON.
 * @param source what to name in an error
 * @throws InputError naming the first entry that is not a claim, and why
 */
export function checkClaims(list: unknown, source: string): Claim[] {
  if (!Array.isArray(list) || list.length === 0) {
    throw new InputError(`${source}: expected a list of claims, found ${showValue(list)}`);
  }
  const claims = list.map((entry: unknown, at) => {
    const result = claimSchema.safeParse(entry);
    const name = `${source}: claim ${at + 1}`;
    if (!result.success) {
      const issue = firstIssue(result.error);
      throw new InputError(
        `${name}: ${issue.path.join('.') || 'entry'}: ${describeIssue(issue)}; correct it there`,
      );
    }
    const claim = result.data;
    if (!statistics.has(claim.statistic)) {
      throw new InputError(
        `${name} (${claim.id}): no statistic ${showValue(claim.statistic)}; there are ${[...statistics.keys()].join(', ')}`,
      );
    }
    for (const option of Object.keys(claim.runs)) {
      if (option !== 'generalises' && !(optionNames as readonly string[]).includes(option)) {
        throw new InputError(
          `${name} (${claim.id}): runs have no option ${showValue(option)}; see train --help`,
        );
      }
    }
    return claim;
  });
  const doubled = claims.find(({ id }, at) => claims.findIndex((other) => other.id === id) !== at);
  if (doubled !== undefined)
    throw new InputError(`${source}: two claims have the id ${doubled.id}; rename one`);
  return claims;
}

/** The finished runs that a claim is about, without those that were too short for it. */
export function runsOfClaim(claim: Claim, runs: readonly StudiedRun[]): StudiedRun[] {
  const longEnough = runs.filter(
    ({ data, transition }) => transition.finished && data.config.num_epoch >= claim.needs.steps,
  );
  return longEnough.filter(({ data, transition }) =>
    Object.entries(claim.runs).every(([option, wanted]) => {
      const value =
        option === 'generalises' ? transition.generalises : data.config[option as keyof typeof data.config];
      if (Array.isArray(wanted)) return wanted.includes(value);
      if (typeof wanted !== 'object' || wanted === null) return value === wanted;
      // The infinite pool is larger than any.
      const number = option === 'pool_size' && value === null ? Number.POSITIVE_INFINITY : value;
      return typeof number === 'number' && keeps(wanted, number);
    }),
  );
}

/** Whether a value keeps a bound. */
export function keeps({ at_least, at_most }: Bound, value: number): boolean {
  return value >= (at_least ?? Number.NEGATIVE_INFINITY) && value <= (at_most ?? Number.POSITIVE_INFINITY);
}
