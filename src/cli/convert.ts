import type { Command } from 'commander';
import { UsageError } from '../errors.js';
import { tell } from './exit.js';
import { addHubOptions, type HubFlags, pathFromHub } from './from-hub.js';

interface Flags extends HubFlags {
  overwrite?: true;
  key?: string;
}

/** Adds `convert`: `.pt` to safetensors and back, shards to one file. */
export function convertCommand(program: Command): void {
  const command = program
    .command('convert')
    .description(
      'Writes the tensors of a checkpoint in the other format; the extensions say which. PyTorch reads the .pt and .bin files, also with weights_only=True. A nested state dict becomes a flat one, shards become one file. Files of any size take the same memory.',
    )
    .argument(
      '<IN>',
      'a .pt, .pth, .bin or .safetensors file, an .index.json of shards, the folder of a model, or one of the Hub, hf:ORG/NAME',
    )
    .argument('<OUT>', 'the file to write: .safetensors, .pt, .pth or .bin')
    .option('--key <KEY>', 'the state dict to take, where a PyTorch file has several: net, ema, …')
    .option('--overwrite', 'replace OUT where it exists');
  addHubOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  $ bridgescope convert run/ckpt_200.pt ckpt_200.safetensors
  $ bridgescope convert llama/ llama.safetensors              shards to one file
  $ bridgescope convert checkpoint.pt ema.safetensors --key ema
  $ for f in run/ckpt_*.pt; do bridgescope convert "$f" "\${f%.pt}.safetensors"; done`,
    )
    .action(convert);
}

async function convert(given: string, to: string, flags: Flags): Promise<void> {
  const target = /\.(pt|pth|bin|safetensors)$/i.exec(to)?.[1]?.toLowerCase();
  if (target === undefined) {
    throw new UsageError(
      `${to}: the extension must be .pt, .pth, .bin or .safetensors, to say what to write`,
    );
  }
  const { existsSync } = await import('node:fs');
  const { basename, resolve } = await import('node:path');
  if (resolve(given) === resolve(to)) throw new UsageError(`${to}: IN and OUT are the same file`);
  if (existsSync(to) && flags.overwrite !== true) {
    throw new UsageError(`${to}: exists already; choose another name, or --overwrite it`);
  }
  const { openTensorsAt } = await import('../run/open-tensors.js');
  const { writeAtomically, writeFileAtomically } = await import('../files/atomic-file.js');
  const from = await pathFromHub(given, { needed: 'everything', ...flags });
  const source = openTensorsAt(from, flags.key);
  if (target === 'safetensors') {
    const { safetensorsChunks } = await import('../checkpoint/safetensors-write.js');
    writeFileAtomically(to, safetensorsChunks(source, { format: 'pt' }));
  } else {
    const { writeTorchTo } = await import('../checkpoint/torch-write.js');
    const { nodeCodec } = await import('../checkpoint/codec-node.js');
    const folder = basename(to).replace(/\.[^.]*$/, '');
    writeAtomically(to, (sink) => writeTorchTo(sink, source, folder, nodeCodec.crc32));
  }
  tell(`${to}  ${source.names.length} tensors`);
}
