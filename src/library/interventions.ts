/** Functions from weights to weights: measures and the forward pass take the result as they take any model. */

export { type Bridge, bridgeOf } from '../interventions/bridge.js';
export { randomHeads, randomReplacements } from '../interventions/controls.js';
export { exchangeHeads, type HeadCircuit, type HeadReplacement } from '../interventions/exchange-heads.js';
export { composeInterventions, type Intervention } from '../interventions/intervention.js';
export { type Projection, projectKeys, projectOutputs } from '../interventions/project-heads.js';
export { removeHeads } from '../interventions/remove-heads.js';
export { randomSubspaces } from '../interventions/subspace.js';
export { transplantCircuits, transplantEmbedding, transplantLayer } from '../interventions/transplant.js';
