import type { HeadCircuit } from '../interventions/exchange-heads.js';
import { type HeadGrid, type HeadIndex, parseHead } from '../model/heads.js';
import type { Edit, SubspaceChoice } from './edit.js';
import type { EditColumns } from './edit-columns.js';

/** The edit that columns of the table describe, the inverse of `editColumns`; undefined where they describe none. */
export function editOfColumns(columns: EditColumns, grid: HeadGrid): Edit | undefined {
  const { intervention, component, what, rank, donor_step: step } = columns;
  const heads = headsOfNames(columns.heads, grid);
  switch (intervention) {
    case 'none':
      return { kind: 'none' };
    case 'remove':
      return heads && { kind: 'remove', heads };
    case 'project': {
      const subspace = subspaceOf(columns, grid);
      if (heads === undefined || subspace === undefined || rank === null) return undefined;
      if (component !== 'keys' && component !== 'outputs') return undefined;
      if (what !== 'keep' && what !== 'drop') return undefined;
      return { kind: 'project', component, heads, subspace, rank, what };
    }
    case 'exchange': {
      const sources = headsOfNames(columns.sources, grid);
      if (!isCircuit(component) || heads === undefined || sources?.length !== heads.length) return undefined;
      const replacements = heads.map((target, at) => ({ target, source: sources[at]! }));
      return { kind: 'exchange', circuit: component, replacements };
    }
    case 'transplant': {
      if (step === null) return undefined;
      if (isCircuit(component)) {
        return heads && { kind: 'transplant', part: { kind: 'circuit', heads, circuit: component }, step };
      }
      const layer = Number(columns.heads);
      if (!/^layer(_and_embedding)?$/.test(component ?? '') || !(layer < grid.layers)) return undefined;
      const embedding = component === 'layer_and_embedding';
      return { kind: 'transplant', part: { kind: 'layer', layer, embedding }, step };
    }
    default:
      return undefined;
  }
}

function isCircuit(component: string | null): component is HeadCircuit {
  return component === 'QK' || component === 'OV';
}

function subspaceOf(columns: EditColumns, grid: HeadGrid): SubspaceChoice | undefined {
  const heads = headsOfNames(columns.subspace_of, grid);
  if (heads === undefined) return undefined;
  const [first] = heads;
  if (columns.subspace === 'written' && first !== undefined) return { kind: 'written', heads: [first] };
  return columns.subspace === 'bridge' ? { kind: 'bridge', heads, relPos: columns.rel_pos ?? 0 } : undefined;
}

/** Heads named `1.5,1.3`; undefined where one of them is none. */
function headsOfNames(text: string | null, grid: HeadGrid): HeadIndex[] | undefined {
  const heads = (text ?? '').split(',').map((name) => parseHead(grid, name));
  return heads.every((head) => head !== undefined) ? heads : undefined;
}
