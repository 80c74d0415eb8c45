import type { Command } from 'commander';
import { OptionError, UsageError } from '../errors.js';
import type { RunConfig } from '../run/config.js';
import { didYouMean } from '../run/nearest-name.js';
import type { IfThere } from '../train/output-folder.js';
import type { TrainingProgress, TrainResult } from '../train/train-run.js';
import { askedInFile, exitStatus, say, tell, watchInterrupts } from './exit.js';
import { integer, jobsOf, wordList } from './options.js';
import { startProgress } from './progress.js';
import {
  experimentOptions,
  inertNotes,
  type OptionFlags,
  optionsFromFlags,
  readConfigFile,
} from './train-options.js';
import { version } from './version.js';

interface Flags {
  out: string;
  preset?: string;
  config?: string;
  resume?: true;
  overwrite?: true;
  eval_every?: string;
  fast?: true;
  format: string;
  jobs?: string;
  quiet?: true;
}

/** Adds `train`: a run folder, from nothing but options and a seed. */
export function trainCommand(program: Command): void {
  const command = program
    .command('train')
    .description(
      'Trains the Transformer on the copying task and writes a run folder: config, checkpoints, error curves and test sets, in the published formats. The same options give the same bytes at any number of jobs.',
    )
    .requiredOption('--out <RUN>', 'the run folder to write')
    .option('--preset <NAME>', 'a published setting to start from; see below')
    .option('--config <FILE>', 'options from a YAML or JSON file, such as the config.json of another run')
    .option('--resume', 'continue an interrupted run; the result has the same bytes')
    .option('--overwrite', 'replace the run that --out holds')
    .option('--eval_every <N>', 'evaluate every N steps (default: every step at first, then 5 % apart)')
    .option(
      '--fast',
      'fused multiply-add, where the JavaScript engine has it; the bits depend on the machine',
    )
    .option('--format <LIST>', 'formats of checkpoints: pt, safetensors', 'pt')
    .option('--jobs <N>', 'worker threads (default: the available cores)')
    .option('--quiet', 'no progress and no notes');
  for (const option of experimentOptions()) command.addOption(option);
  command.addHelpText('after', presetHelp).action(train);
}

const presetHelp = `
Options on the command line override the config file, which overrides the preset.

Presets: infinite_pool_size, large_pool_size, small_pool_size, boundary_pool_size_740, boundary_pool_size_750,
one_layer_infinite_pool_size (20000 steps, 100 checkpoints), and the larger models two_layers_mlp,
four_layers_four_heads, eight_layers_eight_heads.

Examples:
  $ bridgescope train --out runs/infinite_pool_size --preset infinite_pool_size
  $ bridgescope train --out runs/pool_200 --preset small_pool_size --pool_size 200 --seed 1
  $ bridgescope train --out runs/pool_200 --resume`;

async function train(flags: Flags): Promise<void> {
  const interrupts = watchInterrupts();
  const quiet = flags.quiet === true;
  const evalEvery = flags.eval_every === undefined ? null : integer(flags.eval_every, '--eval_every', 1);
  const formats = wordList(flags.format, ['pt', 'safetensors'] as const, '--format');
  const jobs = jobsOf(flags.jobs);
  if (flags.resume && flags.overwrite) {
    throw new UsageError('--resume and --overwrite exclude each other; give one of them');
  }
  const ifThere: IfThere = flags.resume ? 'resume' : flags.overwrite ? 'overwrite' : 'refuse';
  const { config, others } = await configOf(flags, ifThere);
  if (!quiet) for (const note of inertNotes(others)) say(`note: ${note}`);

  const { trainRun } = await import('../train/train-run.js');
  let progress: ReturnType<typeof startProgress> | undefined;
  const result = await trainRun({
    out: flags.out,
    config,
    others,
    ifThere,
    evalEvery,
    jobs,
    fast: flags.fast === true,
    formats,
    version,
    signal: interrupts.signal,
    onBegin: (step, notes) => {
      if (!quiet) for (const note of notes) say(`note: ${note}`);
      progress = startProgress('training', 'steps', config.num_epoch, quiet, step);
    },
    onProgress: (at) => progress?.update(at.step, notesOf(at)),
  }).finally(() => progress?.stop());
  report(flags.out, config, result, quiet);
  process.exitCode = result.finished ? exitStatus.done : (interrupts.status() ?? exitStatus.failed);
}

/** Options in the order of their weight: command line, config file, preset, and the run's own when it is resumed. */
async function configOf(flags: Flags, ifThere: IfThere) {
  const { checkOptions } = await import('../run/config.js');
  const { presets } = await import('../train/presets.js');
  const { checkTraining } = await import('../train/check-training.js');
  const { configIn } = await import('../train/output-folder.js');
  const preset = flags.preset === undefined ? {} : presets.get(flags.preset);
  if (preset === undefined) {
    const names = [...presets.keys()];
    throw new UsageError(
      `--preset: no preset ${JSON.stringify(flags.preset)}${didYouMean(flags.preset ?? '', names)} (there are ${names.join(', ')})`,
    );
  }
  const { config: path } = flags;
  const file = path === undefined ? {} : askedInFile(() => readConfigFile(path));
  const given = optionsFromFlags(flags as unknown as OptionFlags);
  const isBare = flags.preset === undefined && flags.config === undefined;
  const own = ifThere === 'resume' && isBare ? configIn(flags.out) : null;
  try {
    const result = checkOptions({ ...own, ...preset, ...file, ...given });
    checkTraining(result.config);
    return result;
  } catch (error) {
    if (!(error instanceof OptionError)) throw error;
    const { option, fault, message } = error;
    const isFromFile = !(option in given) && option in file;
    throw new UsageError(isFromFile ? `${path}: ${message}` : `--${option}: ${fault}`);
  }
}

const shown = (value: number) => value.toFixed(3);

/** The present loss and errors, from all of them to the error that training is about. */
function notesOf({ loss, evaluations }: TrainingProgress): string[] {
  if (evaluations === null) return [`loss ${shown(loss)}`];
  const [id, ood] = [`ID err ${shown(evaluations.test.err)}`, `OOD err ${shown(evaluations.ood.err)}`];
  return [`loss ${shown(loss)} · ${id} · ${ood}`, `${id} · ${ood}`, ood];
}

function report(
  out: string,
  config: RunConfig,
  { step, finished, evaluations }: TrainResult,
  quiet: boolean,
) {
  const errors =
    evaluations === null
      ? ''
      : `, err_test ${shown(evaluations.test.err)} (copy_err ${shown(evaluations.test.copy_err)}), err_ood ${shown(evaluations.ood.err)} (copy_err ${shown(evaluations.ood.copy_err)})`;
  if (finished) tell(`${out}: ${step} steps${errors}`);
  else if (!quiet) {
    say(
      `stopped after step ${step} of ${config.num_epoch}; go on with bridgescope train --out ${out} --resume`,
    );
  }
}
