import { type HeadGrid, type HeadIndex, headName } from '../model/heads.js';
import type { Edit, SubspaceChoice } from './edit.js';
import type { Outcome } from './trial.js';

/** One row of the table of interventions: what was done is in its columns, one number is its value. */
export interface InterventionRow {
  readonly setting: string;
  readonly step: number | null;
  /** `none`, `remove`, `project`, `exchange`, `transplant`. */
  readonly intervention: string;
  /** `keys` or `outputs` of a projection; `QK` or `OV`; `layer` or `layer_and_embedding` of a transplant. */
  readonly component: string | null;
  /** Heads that are edited, `1.5,1.3`, or the layer that is transplanted. */
  readonly heads: string | null;
  /** Heads they get the circuits of, in the same order. */
  readonly sources: string | null;
  /** `keep` or `drop`. */
  readonly what: string | null;
  /** `bridge` or `written`. */
  readonly subspace: string | null;
  /** Heads that the subspace is found from. */
  readonly subspace_of: string | null;
  readonly rel_pos: number | null;
  readonly rank: number | null;
  /** Step that a transplant comes from. */
  readonly donor_step: number | null;
  /** `random_heads`, `random_subspace`, `random_exchange`; null for the edit itself. All other columns are those of the edit. */
  readonly control: string | null;
  readonly draw: number | null;
  /** Heads that the control's draw took, `heads` for a removal and `sources` for an exchange. */
  readonly drawn: string | null;
  readonly measure: string;
  readonly value: number | null;
}

/** Columns in the order in which they are written. */
export const interventionColumns = [
  ...['setting', 'step', 'intervention', 'component', 'heads', 'sources', 'what', 'subspace', 'subspace_of'],
  ...['rel_pos', 'rank', 'donor_step', 'control', 'draw', 'drawn', 'measure', 'value'],
] as readonly (keyof InterventionRow)[];

/** Columns that say what was done. */
export type EditColumns = Omit<
  InterventionRow,
  'setting' | 'step' | 'control' | 'draw' | 'drawn' | 'measure' | 'value'
>;

/** What was done, in columns. */
export function editColumns(edit: Edit, grid: HeadGrid): EditColumns {
  const names = (heads: readonly HeadIndex[]) => heads.map((head) => headName(grid, head)).join(',');
  const nothing = {
    component: null,
    heads: null,
    sources: null,
    what: null,
    subspace: null,
    subspace_of: null,
    rel_pos: null,
    rank: null,
    donor_step: null,
  };
  const done = { ...nothing, intervention: edit.kind };
  switch (edit.kind) {
    case 'none':
      return done;
    case 'remove':
      return { ...done, heads: names(edit.heads) };
    case 'project': {
      const { component, heads, what, rank, subspace } = edit;
      return { ...done, component, heads: names(heads), what, rank, ...subspaceColumns(subspace, names) };
    }
    case 'exchange':
      return {
        ...done,
        component: edit.circuit,
        heads: names(edit.replacements.map(({ target }) => target)),
        sources: names(edit.replacements.map(({ source }) => source)),
      };
    case 'transplant': {
      const { part, step } = edit;
      if (part.kind === 'circuit') {
        return { ...done, component: part.circuit, heads: names(part.heads), donor_step: step };
      }
      const component = part.embedding ? 'layer_and_embedding' : 'layer';
      return { ...done, component, heads: String(part.layer), donor_step: step };
    }
  }
}

function subspaceColumns(subspace: SubspaceChoice, names: (heads: readonly HeadIndex[]) => string) {
  const { kind } = subspace;
  if (kind === 'random') return { subspace: kind };
  const rel_pos = kind === 'bridge' ? subspace.relPos : null;
  return { subspace: kind, subspace_of: names(subspace.heads), rel_pos };
}

/** The rows of an outcome, one a number. */
export function rowsOfOutcome(
  { setting, step, trial, judgement }: Outcome,
  grid: HeadGrid,
): InterventionRow[] {
  const { edit, control, about } = trial;
  const drawn = editColumns(edit, grid);
  return Object.entries(judgement).map(([measure, value]) => ({
    setting,
    step,
    ...editColumns(about, grid),
    control: control?.kind ?? null,
    draw: control?.draw ?? null,
    drawn:
      control === null
        ? null
        : edit.kind === 'exchange'
          ? drawn.sources
          : edit.kind === 'remove'
            ? drawn.heads
            : null,
    measure,
    value: Number.isNaN(value) ? null : value,
  }));
}
