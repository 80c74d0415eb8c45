import type { Command } from 'commander';
import { UsageError } from '../errors.js';

/** A command as the list of commands shows it; its options are loaded when it is the one that was asked for. */
interface Entry {
  readonly name: string;
  /** Its arguments. */
  readonly usage: string;
  readonly summary: string;
  readonly load: () => Promise<(program: Command) => void>;
}

const entries: readonly Entry[] = [
  {
    name: 'measure',
    usage: '<RUN-or-MODEL...>',
    summary: 'measure runs, or every pair of heads of models: a table and figures',
    load: async () => (await import('./measure.js')).measureCommand,
  },
  {
    name: 'plot',
    usage: '<RUN-or-TABLE...>',
    summary: 'draw the figures of a table, or of runs',
    load: async () => (await import('./plot.js')).plotCommand,
  },
  {
    name: 'explore',
    usage: '[RUN-or-TABLE...]',
    summary: 'look at runs on a web page, also while they are being trained',
    load: async () => (await import('./explore.js')).exploreCommand,
  },
  {
    name: 'report',
    usage: '<RUN-or-TABLE...>',
    summary: 'write one self-contained page: the explorer with the runs in it',
    load: async () => (await import('./report.js')).reportCommand,
  },
  {
    name: 'train',
    usage: '',
    summary: 'train the model on the copying task: a run folder of checkpoints',
    load: async () => (await import('./train.js')).trainCommand,
  },
  {
    name: 'sweep',
    usage: '<PLAN>',
    summary: 'many runs by a plan: trained, measured, in one table',
    load: async () => (await import('./sweep.js')).sweepCommand,
  },
  {
    name: 'worker',
    usage: '',
    summary: 'make the runs that sweeps have queued, on any machine',
    load: async () => (await import('./worker.js')).workerCommand,
  },
  {
    name: 'evaluate',
    usage: '<RUN>',
    summary: 'losses and errors of checkpoints on the run’s own test sets',
    load: async () => (await import('./evaluate.js')).evaluateCommand,
  },
  {
    name: 'heads',
    usage: '<MODEL>',
    summary: 'which heads attend to the token before, and which do induction',
    load: async () => (await import('./heads.js')).headsCommand,
  },
  {
    name: 'predict',
    usage: '<MODEL> [TEXT]',
    summary: 'next tokens of a model, and its loss position by position',
    load: async () => (await import('./predict.js')).predictCommand,
  },
  {
    name: 'intervene',
    usage: '<RUN-or-MODEL...>',
    summary: 'edit the weights of checkpoints, and count what they still copy',
    load: async () => (await import('./intervene.js')).interveneCommand,
  },
  {
    name: 'evidence',
    usage: '<DIR>',
    summary: 'hold the paper’s claims against runs: held, failed, or not enough runs',
    load: async () => (await import('./evidence.js')).evidenceCommand,
  },
  {
    name: 'inspect',
    usage: '<PATH>',
    summary: 'list the tensors of a checkpoint, or of a model',
    load: async () => (await import('./inspect.js')).inspectCommand,
  },
  {
    name: 'convert',
    usage: '<IN> <OUT>',
    summary: 'turn a .pt checkpoint into safetensors, or back',
    load: async () => (await import('./convert.js')).convertCommand,
  },
  {
    name: 'export',
    usage: '<RUN>',
    summary: 'the matrices behind the measures of a checkpoint, for numpy',
    load: async () => (await import('./export.js')).exportCommand,
  },
  {
    name: 'cache',
    usage: '<ACTION> [MODEL...]',
    summary: 'list or clear what is kept of models of the Hub (hf:ORG/NAME)',
    load: async () => (await import('./cache.js')).cacheCommand,
  },
  {
    name: 'completion',
    usage: '<SHELL>',
    summary: 'complete commands and options in bash, zsh or fish',
    load: async () => (await import('./completion.js')).completionCommand,
  },
];

/**
 * Adds every command, but loads only the one in `words`: so `--help` comes at once, whatever the commands need.
 * @param words of the command line
 * @throws UsageError when help is asked for a command that does not exist
 */
export async function addCommands(program: Command, words: readonly string[]): Promise<void> {
  const [first, second] = words.filter((word) => !word.startsWith('-'));
  const asked = first === 'help' ? second : first;
  if (first === 'help' && second !== undefined && second !== 'help') await checkCommand(second);
  // Its script holds the options of all commands.
  const isCompleting = asked === 'completion';
  for (const { name, usage, summary, load } of entries) {
    if (name === asked || isCompleting) {
      (await load())(program);
      program.commands.at(-1)?.summary(summary);
    } else program.command(`${name} ${usage}`.trim()).summary(summary);
  }
}

async function checkCommand(name: string): Promise<void> {
  const names = entries.map((entry) => entry.name);
  if (names.includes(name)) return;
  // Loaded for a wrong name alone: help comes sooner without.
  const { didYouMean } = await import('../run/nearest-name.js');
  throw new UsageError(`no command ${JSON.stringify(name)}${didYouMean(name, names)} (see --help)`);
}
