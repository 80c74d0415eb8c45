import type { Command } from 'commander';
import { UsageError } from '../errors.js';
import { tell } from './exit.js';

/** Adds `convert`: `.pt` to safetensors and back. */
export function convertCommand(program: Command): void {
  program
    .command('convert')
    .description(
      'Writes the tensors of a checkpoint in the other format; the extensions tell which. PyTorch reads the .pt files, also with weights_only=True. A nested state dict becomes a flat one.',
    )
    .argument('<IN>', 'a .pt, .pth or .safetensors file')
    .argument('<OUT>', 'the file to write: .safetensors, .pt or .pth')
    .option('--overwrite', 'replace OUT where it exists')
    .addHelpText(
      'after',
      `
Examples:
  $ bridgescope convert run/ckpt_200.pt ckpt_200.safetensors
  $ for f in run/ckpt_*.pt; do bridgescope convert "$f" "\${f%.pt}.safetensors"; done`,
    )
    .action(convert);
}

async function convert(from: string, to: string, flags: { overwrite?: true }): Promise<void> {
  const target = /\.(pt|pth|safetensors)$/i.exec(to)?.[1]?.toLowerCase();
  if (target === undefined) {
    throw new UsageError(`${to}: the extension must be .pt, .pth or .safetensors, to say what to write`);
  }
  const { existsSync } = await import('node:fs');
  const { basename, resolve } = await import('node:path');
  if (resolve(from) === resolve(to)) throw new UsageError(`${to}: IN and OUT are the same file`);
  if (existsSync(to) && flags.overwrite !== true) {
    throw new UsageError(`${to}: exists already; choose another name, or --overwrite it`);
  }
  const { openCheckpoint } = await import('../checkpoint/open.js');
  const { writeFileAtomically } = await import('../run/atomic-file.js');
  const { state } = openCheckpoint(from);
  const bytes =
    target === 'safetensors'
      ? (await import('../checkpoint/safetensors-write.js')).writeSafetensors(state, { format: 'pt' })
      : (await import('../checkpoint/torch-write.js')).writeTorchFile(
          state,
          basename(to).replace(/\.[^.]*$/, ''),
        );
  writeFileAtomically(to, bytes);
  tell(`${to}  ${state.size} tensors`);
}
