import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { antitonicFit, crossingStep } from '../../src/stats/antitonic.js';
import { changePenalty, changePoints } from '../../src/stats/change-points.js';
import { errorFloor } from '../../src/stats/copy-error.js';
import { fitLogisticCurve } from '../../src/stats/logistic-curve.js';
import { studyRuns } from '../../src/stats/study.js';
import { logistic, type MadeUpRun, someRuns } from './some-runs.js';

function study(run: Omit<MadeUpRun, 'setting'>) {
  const { table, configs } = someRuns([{ setting: 'run', ...run }]);
  return studyRuns(table, configs)[0]!.transition;
}

/** Σ squared residuals of values about the means of the stretches between changes. */
function squaredResiduals(values: readonly number[], changes: readonly number[]): number {
  const ends = [...changes, values.length];
  return ends
    .map((to, place) => {
      const stretch = values.slice(place === 0 ? 0 : ends[place - 1], to);
      const mean = stretch.reduce((sum, value) => sum + value, 0) / stretch.length;
      return stretch.reduce((sum, value) => sum + (value - mean) ** 2, 0);
    })
    .reduce((sum, part) => sum + part, 0);
}

describe('the transition of a run', () => {
  it('is found where it was put, with the lags of the measures', () => {
    const found = study({
      oodStep: 2500,
      idStep: 1200,
      lag: { z_score: 0.8, qk_ov_match: 0.9, mismatch_ratio: 1.25 },
    });
    // Errors start at chance, 63/64, so half of the drop is a little before one half.
    expect(found.ood!.step! / 2500).toBeCloseTo(1, 2);
    expect(found.id!.step! / 1200).toBeCloseTo(1, 2);
    expect(found.ood!.width!).toBeCloseTo(Math.exp(2 * Math.log(9) * 0.1), 2);
    expect(found.generalises).toBe(true);
    expect(found.ood!.source).toBe('copy_err');
    expect(Math.exp(found.changes.z_score!.lag!)).toBeCloseTo(0.8, 2);
    expect(Math.exp(found.changes.qk_ov_match!.lag!)).toBeCloseTo(0.9, 2);
    expect(Math.exp(found.changes.mismatch_ratio!.lag!)).toBeCloseTo(1.25, 2);
    // The onset is near 2000, where the match has hardly risen; unrelated subspaces score 0.395 ± 0.024.
    expect(found.matchBefore!.step).toBeLessThan(2500);
    expect(found.matchAfter!).toMatchObject({ step: 20_000, tail: 1 / 2001 });
  });

  it('is absent where nothing happens', () => {
    const found = study({ oodStep: null, idStep: 800 });
    expect(found.ood).toMatchObject({ step: null, onset: null, end: null, width: null });
    expect(found.generalises).toBe(false);
    expect(found.matchBefore).toBeNull();
    for (const change of Object.values(found.changes)) {
      expect(change).toMatchObject({ step: null, lag: null, changePoints: [] });
    }
    expect(found.matchAfter!.tail).toBeGreaterThan(0.4);
  });

  it('comes from err_ood above its floor where there is no copy_err, and says so', () => {
    const own = study({ oodStep: 2500 }).ood!;
    const published = study({ oodStep: 2500, publishedErrorsOnly: true }).ood!;
    expect(published.source).toBe('err above its floor');
    expect(published.step!).toBeCloseTo(own.step!, 6);
    expect(published.final).toBeCloseTo(own.final, 12);
  });

  it('of a run that is still training says nothing of its end', () => {
    const { table, configs } = someRuns([{ setting: 'run', oodStep: null, lastStep: 8000 }]);
    const config = { ...configs.get('run')!, num_epoch: 20_000 };
    const { transition } = studyRuns(table, new Map([['run', config]]))[0]!;
    expect(transition).toMatchObject({ finished: false, generalises: null });
    expect(transition.ood!.final).toBeGreaterThan(0.9);
  });

  it('of a one-layer model has errors alone', () => {
    const found = study({ oodStep: null, layers: 1 });
    expect(found.changes).toEqual({});
    expect(found.matchAfter).toBeNull();
    expect(found.generalises).toBe(false);
  });

  it('moves with the steps: ten times later is ten times the step, and no other lag', () => {
    fc.assert(
      fc.property(fc.double({ min: 1, max: 20, noNaN: true }), (factor) => {
        const steps = Array.from({ length: 60 }, (_, at) => 100 * (at + 1));
        const values = steps.map((step) => 0.3 + 0.5 * logistic(step, 1900, 0.2));
        const fit = fitLogisticCurve(steps, values)!;
        const moved = fitLogisticCurve(
          steps.map((step) => step * factor),
          values.map((value) => 2 * value - 1),
        )!;
        expect(moved.midpoint / fit.midpoint).toBeCloseTo(factor, 5);
        expect(moved.width).toBeCloseTo(fit.width, 5);
        expect(moved.after).toBeCloseTo(2 * fit.after - 1, 5);
        const falling = antitonicFit(values.map((value) => 1 - value));
        const at = crossingStep(steps, falling, 0.45)!;
        const later = crossingStep(
          steps.map((step) => step * factor),
          falling,
          0.45,
        )!;
        expect(later / at).toBeCloseTo(factor, 9);
      }),
    );
  });

  it('has change points that neither a shift nor a scale moves', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: -1, max: 1, noNaN: true }), { minLength: 8, maxLength: 60 }),
        (noise) => {
          const values = noise.map((value, at) => 0.05 * value + (at < 5 ? 0 : 1));
          const places = (list: number[]) => changePoints(list).map(({ at }) => at);
          const [moved, own] = [places(values.map((value) => 8 * value + 2)), places(values)];
          // Where two segmentations are as good as each other, rounding chooses; they are as good as each other then.
          const cost = (changes: number[]) =>
            squaredResiduals(values, changes) + changePenalty(values) * changes.length;
          expect(cost(moved)).toBeCloseTo(cost(own), 9);
        },
      ),
    );
  });

  it('has an antitonic fit that is non-increasing, keeps the mean and leaves such curves alone', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -5, max: 5, noNaN: true }), { minLength: 1 }), (values) => {
        const fit = [...antitonicFit(values)];
        for (let at = 1; at < fit.length; at++) expect(fit[at]!).toBeLessThanOrEqual(fit[at - 1]!);
        const sum = (list: number[]) => list.reduce((total, value) => total + value, 0);
        expect(sum(fit)).toBeCloseTo(sum(values), 8);
        expect([...antitonicFit(fit)]).toEqual(fit);
      }),
    );
  });
});

describe('floors of the published error', () => {
  const { configs } = someRuns([{ setting: 'published', oodStep: null }]);
  const config = configs.get('published')!;

  it('are those of the published sets', () => {
    expect(errorFloor(config, 'ood').floor).toBeCloseTo((1 / 21) * (1 - 1 / 64), 12);
    expect(errorFloor(config, 'test').floor).toBeCloseTo(0.087, 3);
  });

  it('leave nothing where the mask is empty', () => {
    expect(errorFloor({ ...config, ood_len_pattern: 4 }, 'ood').determined).toBe(0);
    expect(errorFloor({ ...config, ood_len_pattern: 5 }, 'ood').determined).toBe(0);
  });
});
