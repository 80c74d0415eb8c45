import type { Command } from 'commander';
import { InputError, UsageError } from '../errors.js';
import { didYouMean } from '../run/nearest-name.js';
import { type ArrayName, arrayMeanings, arrayNames, type NamedArray } from '../step/arrays.js';
import { architectureOf } from './architecture.js';
import { tell } from './exit.js';
import { integer } from './options.js';
import { addRunOptions, checkpointChoice, type RunFlags } from './run-options.js';

interface Flags extends RunFlags {
  out: string;
  step?: string;
  of: string;
  pair?: string;
  rank?: string;
  relPos: string;
  quiet?: true;
}

/** Adds `export`: what measures are made of, as arrays that numpy reads. */
export function exportCommand(program: Command): void {
  const command = program
    .command('export')
    .description(
      'Writes the matrices, singular vectors and singular values behind the measures of one checkpoint: float64, as .npz or safetensors.',
    )
    .argument('<RUN>', 'a folder of checkpoints')
    .requiredOption('--out <FILE>', 'the file to write: .npz or .safetensors')
    .option('--step <N>', 'the checkpoint (default: the last)')
    .option('--of <LIST>', 'which arrays: all, or names from the list below', 'all')
    .option('--pair <W>R>', 'writer and reader, such as "0.0>1.0" (default: the first pair)')
    .option('--rank <N>', 'r of coeffs (default: the largest usual rank)')
    .option('--rel-pos <T>', 'relative position t of W_QK(t)', '0')
    .option('--quiet', 'do not list what was written');
  addRunOptions(command)
    .addHelpText(
      'after',
      `
Arrays:
${arrayNames.map((name) => `  ${name.padEnd(8)}${arrayMeanings[name]}`).join('\n')}

A singular vector is known up to its sign. The file says step, pair, rank and t in its metadata (safetensors).

Examples:
  $ bridgescope export runs/small_pool_size --step 20000 --out step.npz
  $ python3 -c 'import numpy; print(numpy.load("step.npz")["scores"].shape)'
  $ bridgescope export runs/small_pool_size --of scores,u_ov --pair "0.0>1.0" --rel-pos=-1 --out step.safetensors`,
    )
    .action(exportArrays);
}

async function exportArrays(path: string, flags: Flags): Promise<void> {
  const format = /\.(npz|safetensors)$/.exec(flags.out)?.[1];
  if (format === undefined)
    throw new UsageError(`--out ${flags.out}: expected a name that ends in .npz or .safetensors`);
  const names = wantedArrays(flags.of);
  const relPos = integer(flags.relPos, '--rel-pos', -1_000_000, 1_000_000);
  const { openRun } = await import('../run/folder.js');
  const { configOfRun } = await import('../run/config-of-run.js');
  const { readWhole } = await import('../files/read-whole.js');
  const { nodeCodec } = await import('../checkpoint/codec-node.js');
  const { readCheckpoint } = await import('../checkpoint/read.js');
  const { kernels } = await import('../linalg/kernels.js');
  const { usualRanks } = await import('../measures/usual-choice.js');
  const { headWidth } = await import('../model/config.js');
  const { choiceName, choicesOf, pairCircuits, stepOfState } = await import('../step/open-step.js');
  const { stepArrays } = await import('../step/arrays.js');

  const run = openRun(path, checkpointChoice(flags));
  const { config } = configOfRun(run, architectureOf(flags));
  const last = run.checkpoints.at(-1)!;
  const wanted = flags.step === undefined ? last.step : integer(flags.step, '--step', 0, 1e15);
  const checkpoint = run.checkpoints.find(({ step }) => step === wanted);
  if (checkpoint === undefined) {
    throw new UsageError(
      `--step ${wanted}: ${path} has no such checkpoint; it has ${run.checkpoints.length}, from step ${run.checkpoints[0]!.step} to ${last.step}`,
    );
  }
  if (relPos !== 0 && config.pos !== 'rotary')
    throw new UsageError(`--rel-pos ${relPos}: a model without rotary positions knows t = 0 alone`);
  const rank =
    flags.rank === undefined
      ? (usualRanks(headWidth(config)).at(-1) ?? 1)
      : integer(flags.rank, '--rank', 1, config.d_model);
  const choices = choicesOf(config);
  const pair = flags.pair ?? choices[0]!;
  if (!choices.includes(pair)) {
    throw new UsageError(
      `--pair ${JSON.stringify(pair)}: expected a head and one of a later layer, such as ${choices[0]}${didYouMean(pair, choices)}`,
    );
  }
  const state = readCheckpoint(readWhole(checkpoint.path), checkpoint.path, nodeCodec, checkpoint.key);
  const step = stepOfState(state, config, checkpoint.path, kernels);
  const choice = pairCircuits(step, pair, rank);
  const arrays = stepArrays(choice, names, { relPos, rank });
  if (arrays.length === 0)
    throw new InputError(`${path}: a model of one layer has no reader, so it has none of ${flags.of}`);
  const metadata = {
    step: String(wanted),
    pair: choiceName(choice),
    rel_pos: String(relPos),
    rank: String(rank),
  };
  await save(flags.out, format, arrays, metadata);
  if (flags.quiet) return;
  for (const { name, shape } of arrays)
    tell(`${name.padEnd(8)}${shape.join('×').padEnd(10)}${arrayMeanings[name]}`);
  tell(`${flags.out}  step ${wanted}, ${metadata.pair}, t = ${relPos}, r = ${rank}`);
}

function wantedArrays(list: string): readonly ArrayName[] {
  if (list === 'all') return arrayNames;
  return list.split(',').map((word) => {
    const name = arrayNames.find((known) => known === word.trim());
    if (name !== undefined) return name;
    throw new UsageError(
      `--of ${JSON.stringify(word)}: no such array; there are ${arrayNames.join(', ')}${didYouMean(word, arrayNames)}`,
    );
  });
}

async function save(
  out: string,
  format: string,
  arrays: readonly NamedArray[],
  metadata: Readonly<Record<string, string>>,
): Promise<void> {
  const { writeFileAtomically } = await import('../files/atomic-file.js');
  if (format === 'npz') {
    const { writeNpz } = await import('../checkpoint/npz-write.js');
    writeFileAtomically(out, writeNpz(arrays));
    return;
  }
  const { writeSafetensors } = await import('../checkpoint/safetensors-write.js');
  const { fromFloat64 } = await import('../tensor/encode.js');
  const state = new Map(arrays.map(({ name, shape, values }) => [name, fromFloat64(values, shape)]));
  writeFileAtomically(out, writeSafetensors(state, metadata));
}
