import type { MeasurePlan } from '../measures/measure.js';
import type { RunConfig } from '../run/config.js';

const usualRanks = [5, 10, 15, 20];
/** The relative positions of the notebook's second sweep. */
const usualRelPos = [0, 5, 10, 15, 20, 25, 30, 35];

/** What is measured where nobody says otherwise and somebody will look around: the usual ranks and positions that fit a model. */
export function usualPlan(config: RunConfig): MeasurePlan {
  const ranks = usualRanks.filter((rank) => rank <= config.d_model);
  return {
    config,
    ranks: ranks.length > 0 ? ranks : [config.d_model],
    relPos: config.pos === 'rotary' ? usualRelPos : [0],
  };
}
