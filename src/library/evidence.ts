/** Claims held against a folder of runs. */

export { openClaims, shippedClaims } from '../evidence/claims-file.js';
export { type EvidenceJson, evidenceJson } from '../evidence/evidence-json.js';
export { type OpenedRuns, openRunsBelow } from '../evidence/open-runs.js';
export { evidencePage } from '../evidence/page.js';
