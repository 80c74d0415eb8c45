import { describe, expect, it } from 'vitest';
import { circuitCsv } from '../../src/behaviour/circuit-csv.js';
import { circuitPlan, measureCircuit } from '../../src/behaviour/measure-circuit.js';
import { headsOfModel } from '../../src/behaviour/model-heads.js';
import { usualTokens } from '../../src/behaviour/usual-tokens.js';
import { headName } from '../../src/model/heads.js';
import { openModel } from '../../src/run/open-model.js';
import { smallPool, smallRun } from '../cli/run.js';
import { smallLlama } from '../model/families/golden-models.js';

const example = async (path: string, sequences: number) => {
  const model = openModel(path);
  const step = model.steps.at(-1)!;
  const twice = usualTokens(model.architecture, model.config, 2, { sequences });
  const steps = (number: number) => number === step.step;
  const found = await headsOfModel(model, { twice, steps, jobs: 1 });
  const { scores } = found.steps[0]!;
  return { grid: model.architecture, step, scores, circuit: await measureCircuit(step, scores, { jobs: 1 }) };
};

describe('the circuit', () => {
  it('of the example model joins its previous-token heads to its induction heads', async () => {
    const { grid, step, scores, circuit } = await example(smallLlama, 4);
    const names = (heads: readonly number[]) => heads.map((head) => headName(grid, head)).sort();
    expect(names(circuit!.readers)).toEqual(['1.0', '1.1', '1.2', '1.3', '1.4', '1.5']);
    expect(names(circuit!.writers)).toEqual(['0.0', '0.1']);
    expect(circuit!.pairs).toHaveLength(12);
    for (const { match, zScore, standOut } of circuit!.pairs) {
      expect(match.q).toBeLessThan(0.05);
      expect(zScore.q).toBeLessThan(0.05);
      expect(standOut.slice(0, 2)).toEqual(['z_score', 'qk_ov_match']);
    }
    const context = { grid, scores, step: step.step, ...circuitPlan(grid) };
    const [header, ...rows] = [...circuitCsv(circuit!, context)].join('').trim().split('\n');
    expect(rows).toHaveLength(12);
    expect(rows[0]!.split(',')).toHaveLength(header!.split(',').length);
    expect(rows[0]).toMatch(/^0\.[01],1\.\d,,0\.9/);
  });

  it('is not told from chance where a model has one pair of heads', async () => {
    const { circuit } = await example(smallRun, 4);
    expect(circuit!.pairs).toHaveLength(1);
    expect(circuit!.pairs[0]).toMatchObject({ writer: 0, reader: 1, standOut: [] });
    expect(circuit!.pairs[0]!.match.q).toBeNaN();
  });

  it('is empty where no head does induction', async () => {
    const { circuit } = await example(smallPool, 4);
    expect(circuit).toEqual({ readers: [], writers: [], pairs: [] });
  });
});
