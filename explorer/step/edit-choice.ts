import type { Edit } from '../../src/causal/edit.js';
import type { KeepOrDrop } from '../../src/interventions/subspace.js';
import { type HeadGrid, headName, parseHead, parsePair } from '../../src/model/heads.js';
import type { RunConfig } from '../../src/run/config.js';

/** What a reader has changed in the weights of the opened step. */
export interface EditChoice {
  /** Names of the heads whose output is 0. */
  readonly removed: readonly string[];
  readonly projection: ProjectionChoice | null;
}

/** One side of the bridge of the chosen pair, kept or dropped. */
export interface ProjectionChoice {
  /** The reader's keys on what the writer writes, or the writer's outputs on what the reader's keys look for. */
  readonly component: 'keys' | 'outputs';
  readonly what: KeepOrDrop;
  readonly rank: number;
}

export const noEdit: EditChoice = { removed: [], projection: null };

export function isEdited({ removed, projection }: EditChoice): boolean {
  return removed.length > 0 || projection !== null;
}

/** As it stands in the address: `1.0_0.3_keep_keys_6`; null without edits. */
export function editText({ removed, projection }: EditChoice): string | null {
  const { what, component, rank } = projection ?? {};
  const words = [...removed, ...(projection === null ? [] : [what, component, rank])];
  return words.length === 0 ? null : words.join('_');
}

/** Reads it; anything may stand in an address, and what is no edit of this model is left out. */
export function parseEdit(text: string | null, config: RunConfig): EditChoice {
  const [, heads = '', what, component, rank] =
    /^((?:\d+\.\d+(?:_|$))*)(?:(keep|drop)_(keys|outputs)_(\d{1,6}))?$/.exec(text ?? '') ?? [];
  const grid = gridOf(config);
  const known = heads.split('_').filter((name) => parseHead(grid, name) !== undefined);
  return {
    removed: [...new Set(known)],
    projection:
      what === undefined || grid.layers < 2
        ? null
        : {
            what: what as KeepOrDrop,
            component: component as 'keys' | 'outputs',
            rank: Math.min(Number(rank), config.d_model),
          },
  };
}

/** The same as edits of weights, projections first. @param relPos t of the bridge that the reader's keys make */
export function editsOf(
  { removed, projection }: EditChoice,
  config: RunConfig,
  pair: string,
  relPos: number,
): Edit[] {
  const grid = gridOf(config);
  const heads = removed.map((name) => parseHead(grid, name)!);
  const found = parsePair(grid, pair);
  const edits: Edit[] = [];
  if (projection !== null && found !== undefined) {
    const { writer, reader } = found;
    const { component, what, rank } = projection;
    edits.push(
      component === 'keys'
        ? {
            ...{ kind: 'project', component, what, rank, heads: [reader] },
            subspace: { kind: 'written', heads: [writer] },
          }
        : {
            ...{ kind: 'project', component, what, rank, heads: [writer] },
            subspace: { kind: 'bridge', heads: [reader], relPos: config.pos === 'rotary' ? relPos : 0 },
          },
    );
  }
  if (heads.length > 0) edits.push({ kind: 'remove', heads });
  return edits;
}

/** Names of all heads of a model, in order. */
export function headsOf(config: RunConfig): string[] {
  const grid = gridOf(config);
  return Array.from({ length: grid.layers * grid.heads }, (_, head) => headName(grid, head));
}

function gridOf({ num_layers: layers, num_heads: heads }: RunConfig): HeadGrid {
  return { layers, heads };
}
