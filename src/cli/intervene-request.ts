import type { HeadRequest, InterventionRequest, ProjectionRequest } from '../causal/request.js';
import { parseExchange, parseHeads } from '../causal/request.js';
import { headCircuits } from '../causal/trials.js';
import { UsageError } from '../errors.js';
import type { KeepOrDrop } from '../interventions/subspace.js';
import { integer, integerList, wordList } from './options.js';

/** Options of `intervene` that say what is done. */
export interface EditFlags {
  remove?: string;
  projectKeys?: string;
  projectOutputs?: string;
  keep?: true;
  drop?: true;
  heads?: string;
  bridge?: string;
  written?: string;
  relPos: string;
  exchange?: string;
  component?: string;
  transplant?: string;
  layer?: string;
  withEmbedding?: true;
}

/** Reads what is to be done; undefined where nothing is named, so that the usual study is made. @throws UsageError */
export function requestOf(flags: EditFlags): InterventionRequest | undefined {
  const { remove, projectKeys, projectOutputs, exchange, transplant } = flags;
  const heads = flags.heads === undefined ? undefined : parseHeads(flags.heads, '--heads');
  const projections = [
    ...projectionsOf('keys', projectKeys, heads, flags),
    ...projectionsOf('outputs', projectOutputs, heads, flags),
  ];
  const circuits =
    flags.component === undefined ? headCircuits : wordList(flags.component, headCircuits, '--component');
  const request: InterventionRequest = {
    ...(remove !== undefined && { remove: parseHeads(remove, '--remove') }),
    projections,
    ...(exchange !== undefined && { exchange: { heads: parseExchange(exchange), circuits } }),
    ...(transplant !== undefined && {
      transplant: {
        steps: integerList(transplant, '--transplant'),
        layer: integer(flags.layer ?? '0', '--layer', 0, 1e6),
        embedding: flags.withEmbedding === true,
        ...(heads !== undefined && { circuit: { heads, circuits } }),
      },
    }),
  };
  if (remove ?? projectKeys ?? projectOutputs ?? exchange ?? transplant) return request;
  checkUnused(flags);
  return undefined;
}

function projectionsOf(
  component: 'keys' | 'outputs',
  ranks: string | undefined,
  heads: HeadRequest | undefined,
  flags: EditFlags,
): ProjectionRequest[] {
  if (ranks === undefined) return [];
  const whats: KeepOrDrop[] = [];
  if (flags.keep === true || flags.drop !== true) whats.push('keep');
  if (flags.drop === true || flags.keep !== true) whats.push('drop');
  if (flags.bridge !== undefined && flags.written !== undefined) {
    throw new UsageError('--bridge and --written name two subspaces; give one of them');
  }
  return [
    {
      component,
      ranks: integerList(ranks, `--project-${component}`),
      whats,
      relPos: integer(flags.relPos, '--rel-pos', -1e6, 1e6),
      ...(heads !== undefined && { heads }),
      ...(flags.bridge !== undefined && { bridge: parseHeads(flags.bridge, '--bridge') }),
      ...(flags.written !== undefined && { written: parseHeads(flags.written, '--written') }),
    },
  ];
}

/** Options that say how, without one that says what, would be passed over in silence. */
function checkUnused(flags: EditFlags): void {
  const unused = (['keep', 'drop', 'heads', 'bridge', 'written', 'component', 'layer'] as const).find(
    (name) => flags[name] !== undefined,
  );
  if (unused === undefined) return;
  throw new UsageError(
    `--${unused} says how, but nothing says what; add --remove, --project-keys, --project-outputs, --exchange or --transplant`,
  );
}
