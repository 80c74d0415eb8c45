import { type HeadGrid, type HeadIndex, headName } from '../model/heads.js';
import type { Edit, SubspaceChoice } from './edit.js';
import type { ControlKind } from './trial.js';

/** What an edit does, in a few words for a line of text. */
export function describeEdit(edit: Edit, grid: HeadGrid): string {
  const names = (heads: readonly HeadIndex[]) => heads.map((head) => headName(grid, head)).join(', ');
  switch (edit.kind) {
    case 'none':
      return 'no edit';
    case 'remove':
      return `remove ${names(edit.heads)}`;
    case 'project': {
      const verb = edit.what === 'keep' ? 'keep' : 'lose';
      return `${edit.component} of ${names(edit.heads)} ${verb} ${dimensions(edit.rank, edit.subspace, names)}`;
    }
    case 'exchange':
      return `${edit.circuit} of ${names(edit.replacements.map(({ target }) => target))} from ${names(edit.replacements.map(({ source }) => source))}`;
    case 'transplant': {
      const { part, step } = edit;
      if (part.kind === 'circuit') return `${part.circuit} of ${names(part.heads)} of step ${step}`;
      return `layer ${part.layer}${part.embedding ? ' and the embedding' : ''} of step ${step}`;
    }
  }
}

function dimensions(
  rank: number,
  subspace: SubspaceChoice,
  names: (heads: readonly HeadIndex[]) => string,
): string {
  const count = `${rank} ${rank === 1 ? 'dimension' : 'dimensions'}`;
  switch (subspace.kind) {
    case 'bridge':
      return `${count} of the bridge of ${names(subspace.heads)}`;
    case 'written':
      return `${count} of what ${names(subspace.heads)} writes`;
    case 'random':
      return `${count} at random`;
  }
}

const controlWords: Readonly<Record<ControlKind, string>> = {
  random_heads: 'random heads',
  random_subspace: 'random subspaces',
  random_exchange: 'random heads',
};

/** What a control draws, in the plural. */
export function describeControl(kind: ControlKind): string {
  return controlWords[kind];
}
