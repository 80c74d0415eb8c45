import { fileURLToPath } from 'node:url';
import { checkInterventionClaims, type InterventionClaim } from '../causal/claims.js';
import { readSmallFile } from '../files/folder-listing.js';
import { readYaml } from '../run/read-yaml.js';
import { type Claim, checkClaims } from '../stats/claims.js';

/** The claims that the paper makes on the synthetic task. */
export const shippedClaims = fileURLToPath(new URL('../../claims/synthetic-task.yaml', import.meta.url));

/** The claims that it makes on interventions. */
export const shippedInterventionClaims = fileURLToPath(
  new URL('../../claims/interventions.yaml', import.meta.url),
);

/** Far more than any list of claims; it keeps a wrong file from being swallowed whole. */
const bytesLimit = 1 << 20;

/**
 * Reads a file of claims, YAML or JSON.
 * @throws InputError when it cannot be read or holds something else
 */
export function openClaims(path: string): Claim[] {
  return checkClaims(readList(path), path);
}

/** Reads a file of claims on interventions. @throws InputError as `openClaims` */
export function openInterventionClaims(path: string): InterventionClaim[] {
  return checkInterventionClaims(readList(path), path);
}

function readList(path: string): unknown {
  return readYaml(readSmallFile(path, undefined, bytesLimit), path);
}
