import type { Command } from 'commander';
import { InputError, UsageError } from '../errors.js';
import { exitStatus, print, tell } from './exit.js';
import { integer, jobsOf, stepFilter } from './options.js';

interface Flags {
  tokens?: string;
  logits?: true;
  step?: string;
  top: string;
  json?: true;
  jobs?: string;
}

/** Adds `predict`: next tokens and losses of a model. */
export function predictCommand(program: Command): void {
  program
    .command('predict')
    .description(
      'Runs a model on token ids, or on a text taken byte by byte, and prints the loss at each position and the likeliest next tokens.',
    )
    .argument('<MODEL>', 'a model in a Hugging Face folder, a series of such, or a run of train')
    .argument('[TEXT]', 'taken byte by byte, for models whose tokens are bytes')
    .option('--tokens <FILE>', 'JSON of token ids instead of a text')
    .option('--step <N>', 'the checkpoint of a series or run (default: the last)')
    .option('--top <N>', 'next tokens to list', '5')
    .option('--json', 'print [{"loss", "argmax"}], one object a sequence')
    .option('--logits', 'with --json: the last position’s logits too')
    .option('--jobs <N>', 'worker threads (default: the available cores)')
    .action(predict);
}

async function predict(path: string, text: string | undefined, flags: Flags): Promise<void> {
  if ((text === undefined) === (flags.tokens === undefined)) {
    throw new UsageError('predict: give either a text or --tokens FILE.json');
  }
  const top = integer(flags.top, '--top', 1, 1000);
  const isStep = flags.step === undefined ? () => true : stepFilter(flags.step);
  const jobs = jobsOf(flags.jobs);
  const { openModel } = await import('../run/open-model.js');
  const { openModelRunner } = await import('../behaviour/model-runner.js');
  const model = openModel(path);
  const location = model.steps.filter(({ step }) => step === null || isStep(step)).at(-1);
  if (location === undefined) throw new UsageError(`${model.path}: has no step ${flags.step}`);
  const sequences =
    flags.tokens === undefined
      ? [bytesOf(text!, model.architecture.vocabSize, path)]
      : (await import('../behaviour/open-tokens.js')).openTokens(flags.tokens);
  const size = model.architecture.vocabSize;
  const length = sequences[0]!.length;
  const isEven = sequences.every((sequence) => sequence.length === length);
  const groups = isEven ? [sequences] : sequences.map((sequence) => [sequence]);
  const runner = openModelRunner(Math.min(jobs, sequences.length));
  const found: Prediction[] = [];
  try {
    for (const group of groups) {
      const T = group[0]!.length;
      const tokens = new Int32Array(group.length * T);
      group.forEach((sequence, at) => {
        tokens.set(sequence, at * T);
      });
      const output = await runner.predictions({ location, tokens, length: T, logits: [T - 1] }, jobs);
      group.forEach((own, at) => {
        found.push({
          tokens: own,
          losses: output.losses!.slice(at * (T - 1), (at + 1) * (T - 1)),
          argmax: output.predictions!.slice(at * T, (at + 1) * T),
          logits: output.logits!.slice(at * size, (at + 1) * size),
        });
      });
    }
  } finally {
    await runner.close();
  }
  if (flags.json === true) {
    const all = found.map(({ losses, argmax, logits }) => ({
      loss: meanOf(losses),
      argmax: [...argmax],
      ...(flags.logits === true && { logits_last: [...logits] }),
    }));
    print(`${JSON.stringify(all)}\n`);
  } else for (const one of found) show(one, top, text !== undefined);
  process.exitCode = exitStatus.done;
}

interface Prediction {
  readonly tokens: Int32Array;
  readonly losses: Float32Array;
  readonly argmax: Int32Array;
  readonly logits: Float32Array;
}

/** Null where a sequence of one token predicts nothing that is known. */
function meanOf(losses: Float32Array): number | null {
  return losses.length === 0
    ? null
    : Float64Array.from(losses).reduce((sum, x) => sum + x, 0) / losses.length;
}

function bytesOf(text: string, vocabSize: number, path: string): Int32Array {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length === 0) throw new InputError('the text is empty and makes no tokens; give some text');
  // A larger vocabulary has a tokenizer of its own; its first 256 ids are no bytes.
  if (vocabSize < 256 || vocabSize > 320) {
    throw new InputError(
      `${path}: has a vocabulary of ${vocabSize}, whose tokens are not bytes; give token ids with --tokens FILE.json`,
    );
  }
  return Int32Array.from(bytes);
}

function show({ tokens, losses, logits }: Prediction, top: number, isText: boolean): void {
  const named = (id: number) =>
    isText && id >= 32 && id < 127 ? JSON.stringify(String.fromCharCode(id)) : String(id);
  tell('position  token   loss');
  tokens.forEach((id, t) => {
    const loss = t === 0 ? '–' : losses[t - 1]!.toFixed(3);
    tell(`${String(t).padStart(8)}  ${named(id).padEnd(7)} ${loss}`);
  });
  const largest = logits.reduce((most, value) => Math.max(most, value), Number.NEGATIVE_INFINITY);
  const weights = Float64Array.from(logits, (value) => Math.exp(value - largest));
  const sum = weights.reduce((all, value) => all + value, 0);
  tell(`mean loss ${meanOf(losses)?.toFixed(4) ?? '–'}; likeliest next tokens:`);
  const order = [...weights.keys()].sort((a, b) => weights[b]! - weights[a]! || a - b).slice(0, top);
  for (const id of order) {
    const share = weights[id]! / sum;
    tell(
      `  ${named(id).padEnd(8)}${(100 * share).toFixed(1).padStart(5)} %  ${'█'.repeat(Math.round(share * 20))}`,
    );
  }
}
