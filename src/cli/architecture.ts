import type { Command } from 'commander';
import { UsageError } from '../errors.js';
import type { ArchitectureOptions } from '../run/infer-config.js';
import { integer } from './options.js';

/** Options for folders that have no `config.json`. */
export interface ArchitectureFlags {
  num_heads?: string;
  pos?: string;
  rotary_theta?: string;
}

/** Adds the options for what weights alone do not show. */
export function addArchitectureOptions(command: Command): Command {
  return command
    .option('--num_heads <N>', 'attention heads of a layer, where a run has no config.json')
    .option('--pos <KIND>', 'positions, where a run has no config.json: rotary, relative, null')
    .option('--rotary_theta <NUMBER>', 'θ of rotary positions, where a run has no config.json');
}

/** @throws UsageError when a value is not what the option takes */
export function architectureOf(flags: ArchitectureFlags): ArchitectureOptions {
  const { num_heads, pos, rotary_theta } = flags;
  if (pos !== undefined && pos !== 'rotary' && pos !== 'relative' && pos !== 'null') {
    throw new UsageError(`--pos: expected rotary, relative or null, found ${JSON.stringify(pos)}`);
  }
  const theta = Number(rotary_theta);
  if (rotary_theta !== undefined && !(theta > 0 && Number.isFinite(theta))) {
    throw new UsageError(`--rotary_theta: expected a positive number, found ${JSON.stringify(rotary_theta)}`);
  }
  return {
    ...(num_heads !== undefined && { num_heads: integer(num_heads, '--num_heads', 1, 4096) }),
    ...(pos !== undefined && { pos: pos === 'null' ? null : pos }),
    ...(rotary_theta !== undefined && { rotary_theta: theta }),
  };
}
