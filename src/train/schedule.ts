import type { RunConfig } from '../run/config.js';

/** Updates that PyTorch's `ConstantLR` takes at a third of the rate, by its defaults. */
const slowSteps = 5;

/**
 * Learning rate of update number `step`, from 0.
 * constant: lr/3 for the first five steps, then lr; cosine: lr·(1 + cos(π step/num_epoch))/2.
 * Source: PyTorch's `ConstantLR` and `CosineAnnealingLR`, as the published code builds them.
 */
export function learningRate(
  { lr, schedule, num_epoch }: Pick<RunConfig, 'lr' | 'schedule' | 'num_epoch'>,
  step: number,
): number {
  if (schedule === 'cosine') return (lr * (1 + cosineOfTurn(step / num_epoch))) / 2;
  return step < slowSteps ? lr / 3 : lr;
}

/**
 * cos(πx) for x in [0, 1], to about 2e-16 and, unlike `Math.cos`, with the same bits on every JavaScript engine.
 */
export function cosineOfTurn(x: number): number {
  if (x > 0.5) return -cosineOfTurn(1 - x);
  const sine = x > 0.25;
  const angle = Math.PI * (sine ? 0.5 - x : x);
  const square = angle * angle;
  // Taylor series on [0, π/4]: the first term left out is below 1e-17.
  let series = 0;
  for (let k = sine ? 17 : 18; k >= 2; k -= 2) series = (1 + series) * (-square / (k * (k - 1)));
  return sine ? angle * (1 + series) : 1 + series;
}
