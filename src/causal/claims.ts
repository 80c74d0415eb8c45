import { z } from 'zod';
import { describeIssue, firstIssue, InputError, showValue } from '../errors.js';
import type { RunConfig } from '../run/config.js';
import type { Bound } from '../stats/claims.js';
import { keeps, needsSchema } from '../stats/claims.js';
import { lossStatistics } from './loss-statistics.js';

const boundSchema = z
  .strictObject({ at_least: z.number().optional(), at_most: z.number().optional() })
  .refine(({ at_least, at_most }) => at_least !== undefined || at_most !== undefined, {
    message: 'expected at_least, at_most or both',
  });

const optionValue = z.union([z.string(), z.number(), z.boolean(), z.null()]);

const claimSchema = z.strictObject({
  id: z.string().regex(/^[a-z0-9_]{1,80}$/, 'expected small letters, digits and underscores'),
  claim: z.string().min(1).max(1000),
  where: z.string().min(1).max(1000),
  about: z.enum(['models', 'runs']),
  runs: z.record(z.string(), z.union([optionValue, boundSchema])).default({}),
  statistic: z.string(),
  bound: boundSchema,
  reason: z.string().max(1000).default(''),
  needs: needsSchema,
});

/** A statement about what edits do, and where its number has to lie. */
export type InterventionClaim = z.infer<typeof claimSchema>;

/**
 * Checks a list of claims as it was read from YAML or JSON.
 * @param source what to name in an error   @throws InputError naming the first entry that is not a claim, and why
 */
export function checkInterventionClaims(list: unknown, source: string): InterventionClaim[] {
  if (!Array.isArray(list) || list.length === 0) {
    throw new InputError(`${source}: expected a list of claims, found ${showValue(list)}`);
  }
  return list.map((entry: unknown, at) => {
    const result = claimSchema.safeParse(entry);
    if (!result.success) {
      const issue = firstIssue(result.error);
      const place = issue.path.join('.') || 'entry';
      throw new InputError(`${source}: claim ${at + 1}: ${place}: ${describeIssue(issue)}; correct it there`);
    }
    if (!lossStatistics.has(result.data.statistic)) {
      throw new InputError(
        `${source}: claim ${at + 1}: no statistic ${showValue(result.data.statistic)}; there are ${[...lossStatistics.keys()].join(', ')}`,
      );
    }
    return result.data;
  });
}

/** Whether a claim on runs is about this one. */
export function isAbout(claim: InterventionClaim, config: RunConfig, generalises: boolean): boolean {
  return Object.entries(claim.runs).every(([option, wanted]) => {
    const value = option === 'generalises' ? generalises : config[option as keyof RunConfig];
    if (typeof wanted !== 'object' || wanted === null) return value === wanted;
    const number = option === 'pool_size' && value === null ? Number.POSITIVE_INFINITY : value;
    return typeof number === 'number' && keeps(wanted as Bound, number);
  });
}
