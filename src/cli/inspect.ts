import type { Command } from 'commander';
import type { TensorInfo } from '../checkpoint/tensor-source.js';
import type { OpenedModel } from '../run/open-model.js';
import { print, say, tell } from './exit.js';
import { addHubOptions, type HubFlags, pathFromHub } from './from-hub.js';

interface Flags extends HubFlags {
  json?: true;
  pattern?: string;
}

/** Adds `inspect`: the tensors of a file or model, the checkpoints of a run or series. */
export function inspectCommand(program: Command): void {
  const command = program
    .command('inspect')
    .description(
      'Lists names, number formats and shapes of the tensors of a file or of a model in shards, or the checkpoints of a run or series. Only headers are read, and nothing in a file is executed.',
    )
    .argument(
      '<PATH>',
      'a .pt, .pth, .bin or .safetensors file, an .index.json of shards, or a folder: of a model, a run, a series, the Hub’s cache; or a model of the Hub, hf:ORG/NAME',
    )
    .option(
      '--json',
      'print [{"name", "dtype", "shape"}] (of checkpoints [{"step", "file"}]) instead of a table',
    )
    .option('--pattern <NAME>', 'names of a series’ checkpoints, with {N} for the step: model_{N}.pt');
  addHubOptions(command)
    .addHelpText(
      'after',
      `
Examples:
  $ bridgescope inspect run/ckpt_200.pt
  $ bridgescope inspect run/test.pth --json
  $ bridgescope inspect Llama-2-7b-hf/                     the tensors of all shards
  $ bridgescope inspect runs/small                         the checkpoints of a run`,
    )
    .action(inspect);
}

async function inspect(given: string, flags: Flags): Promise<void> {
  const path = await pathFromHub(given, { needed: null, quiet: true, ...flags });
  const { statusOf } = await import('../files/folder-listing.js');
  const { isModelFolder, openEveryTensorAt } = await import('../run/open-tensors.js');
  if (statusOf(path)?.isDirectory() !== true || isModelFolder(path)) {
    const { infoOf } = await import('../checkpoint/tensor-chunks.js');
    const source = openEveryTensorAt(path);
    await showTensors(
      source.names.map((name) => infoOf(source, name)),
      flags,
    );
    return;
  }
  const { openModel } = await import('../run/open-model.js');
  const model = openModel(path, flags.pattern === undefined ? {} : { pattern: flags.pattern });
  showModel(model, flags);
}

async function showTensors(tensors: readonly TensorInfo[], flags: Flags): Promise<void> {
  const { basename } = await import('node:path');
  const isSharded = new Set(tensors.map(({ file }) => file)).size > 1;
  const rows = tensors.map(({ name, dtype, shape, file }) => ({
    name,
    dtype,
    shape,
    ...(isSharded && { file: basename(file) }),
  }));
  if (flags.json) {
    print(`${JSON.stringify(rows)}\n`);
    return;
  }
  const table = rows.map(({ name, dtype, shape, file }) => [
    name,
    dtype,
    shape.join(' × ') || 'scalar',
    ...(file === undefined ? [] : [file]),
  ]);
  showTable(['name', 'dtype', 'shape', ...(isSharded ? ['file'] : [])], table);
  const { tensorBytes } = await import('../checkpoint/tensor-chunks.js');
  const { elementCount } = await import('../tensor/tensor.js');
  const numbers = tensors.reduce((sum, { shape }) => sum + elementCount(shape), 0);
  const bytes = tensors.reduce((sum, info) => sum + tensorBytes(info), 0);
  say(`${tensors.length} tensors, ${grouped(numbers)} numbers, ${grouped(bytes)} bytes`);
}

/** A model without files of weights of its own: its checkpoints. */
function showModel(model: OpenedModel, flags: Flags): void {
  const { architecture: a } = model;
  if (flags.json) {
    print(`${JSON.stringify(model.steps.map(({ step, path }) => ({ step, file: path })))}\n`);
    return;
  }
  showTable(
    ['step', 'file'],
    model.steps.map(({ step, path }) => [step === null ? '–' : String(step), path]),
  );
  const keys = a.keyHeads === a.heads ? '' : ` (${a.keyHeads} for keys and values)`;
  say(
    `${kinds[model.kind]} of family ${a.family}: ${a.layers} layers × ${a.heads} heads${keys}, d ${a.width}, h ${a.headWidth}, vocabulary ${grouped(a.vocabSize)}`,
  );
  for (const note of model.notes) say(`note: ${note}`);
}

const kinds = { run: 'a run', model: 'a model', series: 'a series' };

function showTable(head: readonly string[], rows: readonly (readonly string[])[]): void {
  const widths = head.map((title, column) =>
    rows.reduce((most, row) => Math.max(most, row[column]?.length ?? 0), title.length),
  );
  for (const row of [head, ...rows]) {
    tell(
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    );
  }
}

function grouped(value: number): string {
  return value.toLocaleString('en-US');
}
