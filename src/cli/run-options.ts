import type { Command } from 'commander';
import type { CheckpointChoice } from '../run/folder.js';
import { type ArchitectureFlags, addArchitectureOptions } from './architecture.js';

/** Options of commands that read runs: what weights alone cannot tell, and which checkpoints, and what of them, are meant. */
export interface RunFlags extends ArchitectureFlags {
  pattern?: string;
  key?: string;
}

/** Adds them. */
export function addRunOptions(command: Command): Command {
  return addArchitectureOptions(command)
    .option('--pattern <NAME>', 'names of the checkpoints, {N} for the step: model_{N}.pt')
    .option('--key <KEY>', 'the state dict to take, where a PyTorch file has several: net, ema, …');
}

/** Which checkpoints are meant. */
export function checkpointChoice({ pattern, key }: RunFlags): CheckpointChoice {
  return { ...(pattern !== undefined && { pattern }), ...(key !== undefined && { key }) };
}
