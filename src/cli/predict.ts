import type { Command } from 'commander';
import type { Prediction } from '../behaviour/predict-tokens.js';
import type { TokenSequences } from '../behaviour/token-file.js';
import { InputError, UsageError } from '../errors.js';
import type { ModelStep, OpenedModel } from '../run/open-model.js';
import type { TextTokens } from '../text/text-tokens.js';
import { architectureOf } from './architecture.js';
import { exitStatus, print, say, tell } from './exit.js';
import { addHubOptions, fromHub, type HubFlags } from './from-hub.js';
import { integer, jobsOf } from './options.js';
import { addRunOptions, checkpointChoice, type RunFlags } from './run-options.js';

interface Flags extends RunFlags, HubFlags {
  tokens?: string;
  attention?: string;
  logits?: true;
  step?: string;
  top: string;
  json?: true;
  jobs?: string;
}

/** Adds `predict`: next tokens and losses of a model. */
export function predictCommand(program: Command): void {
  const command = program
    .command('predict')
    .description(
      'Runs a model on a text, or on token ids, and prints its tokens, the loss at each, and the likeliest next ones.',
    )
    .argument('<MODEL>', 'a model in a Hugging Face folder, a series of such, or a run of train')
    .argument(
      '[TEXT]',
      'turned into tokens by the model’s tokenizer.json, or byte by byte where tokens are bytes',
    )
    .option('--tokens <FILE>', 'JSON of token ids instead of a text: [[1, 2, …], …]')
    .option('--step <N>', 'the checkpoint of a series or run (default: the last)')
    .option('--top <N>', 'next tokens to list', '5')
    .option('--attention <FILE>', 'write the attention maps of all heads as safetensors')
    .option('--json', 'print [{"loss", "argmax"}], one object a sequence')
    .option('--logits', 'with --json: the last position’s logits too')
    .option('--jobs <N>', 'worker threads (default: the available cores)');
  addHubOptions(addRunOptions(command))
    .addHelpText(
      'after',
      `
Examples:
  $ bridgescope predict models/gpt2 "When Mary and John went to the store, John gave a drink to"
  $ bridgescope predict models/gpt2 "The cat sat on the" --attention maps.safetensors
  $ bridgescope predict models/gpt2 --tokens ids.json --json --logits`,
    )
    .action(predict);
}

async function predict(source: string, text: string | undefined, flags: Flags): Promise<void> {
  if ((text === undefined) === (flags.tokens === undefined)) {
    throw new UsageError('predict: give either a text or --tokens FILE.json');
  }
  const top = integer(flags.top, '--top', 1, 1000);
  const wanted = flags.step === undefined ? undefined : integer(flags.step, '--step', 0);
  const jobs = jobsOf(flags.jobs);
  const { openModel } = await import('../run/open-model.js');
  const [path = ''] = await fromHub([source], { needed: 'everything', texts: true, ...flags });
  const model = openModel(path, { architecture: architectureOf(flags), ...checkpointChoice(flags) });
  const step = chooseStep(model, wanted);
  const { sequences, words } = await readInput(model, step, text, flags.tokens);
  if (flags.attention !== undefined) {
    const { checkAttentionRoom } = await import('../behaviour/attention-file.js');
    checkAttentionRoom(model.architecture, sequences);
  }
  const { openModelRunner } = await import('../behaviour/model-runner.js');
  const { predictTokens } = await import('../behaviour/predict-tokens.js');
  const shares = Math.min(jobs, sequences.length);
  const attention = flags.attention !== undefined;
  const { checkMemory } = await import('../behaviour/check-memory.js');
  const length = sequences.reduce((most, sequence) => Math.max(most, sequence.length), 0);
  checkMemory(
    model.architecture,
    {
      ...{ sequences: sequences.length, length, threads: shares, shared: true },
      attention: attention ? 'all' : 'none',
    },
    model.path,
  );
  const runner = openModelRunner(shares);
  const found = await predictTokens(runner, sequences, { location: step, attention, shares }).finally(() =>
    runner.close(),
  );
  if (flags.attention !== undefined) await saveAttention(flags.attention, model, found);
  if (flags.json === true) {
    print(`${JSON.stringify(await jsonOf(found, words, { top, logits: flags.logits === true }))}\n`);
  } else {
    const { predictionText } = await import('./predict-text.js');
    for (const one of found) for (const line of predictionText(one, words, top)) tell(line);
  }
  process.exitCode = exitStatus.done;
}

/** The step that was asked for, or the last. @throws UsageError where there is none such */
function chooseStep({ path, steps }: OpenedModel, wanted: number | undefined): ModelStep {
  const step = wanted === undefined ? steps.at(-1) : steps.find((one) => one.step === wanted);
  if (step !== undefined) return step;
  const known = steps.flatMap((one) => one.step ?? []);
  throw new UsageError(
    known.length === 0
      ? `${path}: is one model without steps; leave --step out`
      : `${path}: has no step ${wanted}; it has ${known.length}, from ${known[0]} to ${known.at(-1)}`,
  );
}

interface Input {
  readonly sequences: TokenSequences;
  /** Undefined where tokens are ids alone. */
  readonly words: TextTokens | undefined;
}

async function readInput(
  model: OpenedModel,
  step: ModelStep,
  text: string | undefined,
  file: string | undefined,
): Promise<Input> {
  const { noText, openText } = await import('../text/open-text.js');
  if (text !== undefined) {
    const words = await openText(model, step);
    if (words === undefined) throw new InputError(noText(model));
    if (words.kind === 'bytes')
      say(`note: ${model.path}: has no tokenizer.json; the text is taken byte by byte`);
    return { sequences: [words.encode(text)], words };
  }
  const { openTokens } = await import('../behaviour/open-tokens.js');
  const sequences = openTokens(file!);
  // Ids need no tokenizer, so one that cannot be used is no reason to stop.
  const words = await openText(model, step).catch((error: unknown) => {
    if (!(error instanceof InputError)) throw error;
    say(`note: ${error.message}`);
    return undefined;
  });
  return { sequences, words };
}

async function saveAttention(path: string, { architecture }: OpenedModel, found: readonly Prediction[]) {
  const { attentionTensors } = await import('../behaviour/attention-file.js');
  const { writeFileAtomically } = await import('../files/atomic-file.js');
  const { safetensorsChunks } = await import('../checkpoint/safetensors-write.js');
  const { sourceOfState } = await import('../checkpoint/tensor-source.js');
  const { fromFloat32 } = await import('../tensor/encode.js');
  const tensors = attentionTensors(architecture, found);
  const state = new Map(tensors.map(({ name, shape, values }) => [name, fromFloat32(values, shape)]));
  writeFileAtomically(path, safetensorsChunks(sourceOfState(state, path)));
  say(`${path}: attention.{layer} of ${tensors.length} layers, ${tensors[0]!.shape.join('×')}`);
}

async function jsonOf(
  found: readonly Prediction[],
  words: TextTokens | undefined,
  { top, logits }: { readonly top: number; readonly logits: boolean },
): Promise<object[]> {
  const { meanLoss, nextTokens } = await import('../behaviour/predict-tokens.js');
  return found.map((one) => ({
    loss: meanLoss(one),
    argmax: [...one.argmax],
    losses: [...one.losses],
    input_ids: [...one.tokens],
    ...(words && { tokens: [...one.tokens].map(words.show) }),
    next: nextTokens(one, top).map((next) => ({ ...next, ...(words && { token: words.show(next.id) }) })),
    ...(logits && { logits_last: [...one.logits] }),
  }));
}
