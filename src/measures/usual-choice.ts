import { headWidth, type ModelConfig } from '../model/config.js';
import type { MeasurePlan } from './measure.js';

/** Ranks that the notebook takes. */
const usual = [5, 10, 15, 20];

/**
 * Heads of a model whose pairs are measured while a page waits. More of them take minutes: `measure` does that once, and its table
 * is opened instead.
 */
export const mostHeadsOfPage = 400;

/** Relative positions of the notebook's second sweep, as keys in the past: what a causal model can attend to. */
const usualPast = [0, -5, -10, -15, -20, -25, -30, -35];

/**
 * The default ranks: the notebook's as far as a head is that wide, and shares of a head
 * that is narrower than all of them.
 * @param headWidth h, the rank of a head's circuits
 */
export function usualRanks(headWidth: number): number[] {
  const fitting = usual.filter((rank) => rank <= headWidth);
  if (fitting.length > 0) return fitting;
  return [...new Set([4, 2, 1].map((part) => Math.max(1, Math.floor(headWidth / part))))];
}

/** The default plan for a run that a reader explores: relative positions of the past, as far as the model distinguishes them. */
export function usualPlan(config: ModelConfig): MeasurePlan {
  return {
    config,
    ranks: usualRanks(headWidth(config)),
    relPos: config.pos === 'rotary' ? usualPast : [0],
  };
}
