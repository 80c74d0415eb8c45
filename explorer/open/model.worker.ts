import { appendHeadRows } from '../../src/behaviour/head-rows.js';
import { readText } from '../../src/behaviour/read-text.js';
import { usualTokens } from '../../src/behaviour/usual-tokens.js';
import { runnerOfWeights } from '../../src/behaviour/weights-runner.js';
import { openTensorFile } from '../../src/checkpoint/read.js';
import { openShards, parseShardIndex } from '../../src/checkpoint/sharded.js';
import type { TensorSource } from '../../src/checkpoint/tensor-source.js';
import { InputError } from '../../src/errors.js';
import { openBrowserFile } from '../../src/files/browser-file.js';
import { modelMeasureNames } from '../../src/measures/model-plan.js';
import { mostHeadsOfPage } from '../../src/measures/usual-choice.js';
import { familyOfConfig } from '../../src/model/families/registry.js';
import type { ModelWeights } from '../../src/model/weights.js';
import { parsePythonJson } from '../../src/run/python-json.js';
import { measureModel, type PerformModelTask, taskCount } from '../../src/series/measure-model.js';
import { usualPlan } from '../../src/series/measure-weights.js';
import { choosePairs, modelRows } from '../../src/series/model-rows.js';
import type { ModelTask } from '../../src/series/model-task.js';
import { performOnWeights } from '../../src/series/perform-model-task.js';
import { TableBuilder } from '../../src/series/table.js';
import { tableMetadata } from '../../src/tables/meta.js';
import { writeParquet } from '../../src/tables/parquet.js';
import { byteTokens, hasByteVocabulary } from '../../src/text/byte-tokens.js';
import type { TextTokens } from '../../src/text/text-tokens.js';
import type { ModelFiles } from './model-files.js';
import type { ModelEvent, ModelOrder } from './model-messages.js';

/** What heads do, as a part of all that is measured. */
const shareOfHeads = 0.2;

/** An open model, and what turns text into its tokens. */
interface OpenModel {
  readonly weights: ModelWeights;
  readonly config: Readonly<Record<string, unknown>>;
  readonly words: TextTokens | undefined;
}

let opened: OpenModel | undefined;

const post = (event: ModelEvent, transfer: Transferable[] = []) => postMessage(event, { transfer });

/** Orders are done one after the other: each takes the memory of a pass. */
let last: Promise<unknown> = Promise.resolve();
addEventListener('message', ({ data }: MessageEvent<ModelOrder>) => {
  last = last.then(() => (data.kind === 'open' ? study(data.files) : read(data.id, data.text)));
});

async function study(files: ModelFiles): Promise<void> {
  try {
    opened = await open(files);
    const { config, words, weights } = opened;
    post({ kind: 'opened', config, takesText: words !== undefined });
    await measure(files.name, opened, weights);
  } catch (error) {
    post({ kind: 'failed', message: messageOf(error) });
  }
}

async function open(files: ModelFiles): Promise<OpenModel> {
  const parse = async (file: File) =>
    parsePythonJson(await file.text(), file.name, 'restore it from where it was published');
  const config = await parse(files.config);
  const family = familyOfConfig(config, files.config.name);
  const architecture = family.architecture(config, files.config.name);
  const weights = family.weights(await openFiles(files), architecture);
  const tokenizer = files.byName.get('tokenizer.json');
  const options = files.byName.get('tokenizer_config.json');
  const own = hasByteVocabulary(architecture.vocabSize) ? byteTokens : undefined;
  const words =
    tokenizer === undefined
      ? own
      : (await import('../../src/text/tokenizer.js')).tokenizerOf(
          {
            tokenizer: await parse(tokenizer),
            config: options === undefined ? {} : await parse(options),
            file: tokenizer.name,
          },
          architecture.vocabSize,
        );
  return { weights, config: config as OpenModel['config'], words };
}

async function openFiles({ weights, byName }: ModelFiles): Promise<TensorSource> {
  const openOne = (file: File) => openTensorFile(openBrowserFile(file));
  if (!weights.name.endsWith('.index.json')) return openOne(weights);
  const index = parseShardIndex(await weights.text(), weights.name);
  return openShards(
    index,
    (shard) => {
      const file = byName.get(shard);
      if (file === undefined)
        throw new InputError(`${shard}: is not in the folder; download the model again`);
      return openOne(file);
    },
    weights.name,
  );
}

/** What heads do comes first, since it is quick, then what the weights say of all pairs. */
async function measure(name: string, { words, config }: OpenModel, weights: ModelWeights): Promise<void> {
  const { architecture } = weights;
  const notes: string[] = [];
  const builder = new TableBuilder();
  const publish = () => {
    const record = { config: config as never, checkpoints: {} };
    const bytes = writeParquet(builder.build(), tableMetadata(__VERSION__, { [name]: record }));
    post({ kind: 'table', bytes }, [bytes.buffer]);
  };
  const attempt = async (work: () => Promise<void>) => {
    try {
      await work();
    } catch (error) {
      notes.push(messageOf(error));
    }
  };
  await attempt(async () => {
    const special = words?.kind === 'tokenizer' ? words.special : new Set<number>();
    const twice = usualTokens(architecture, config, 2, {}, special);
    const location = { path: name, architecture };
    const scores = await runnerOfWeights(weights).scores(location, twice, 1);
    appendHeadRows(builder, name, architecture, [
      { step: { ...location, step: null }, scores, copying: undefined },
    ]);
    publish();
  });
  const heads = architecture.layers * architecture.heads;
  if (heads > mostHeadsOfPage) {
    notes.push(
      `pairs of its ${heads} heads take long; measure it with bridgescope measure, and explore the table`,
    );
  } else {
    await attempt(async () => {
      const plan = { ...usualPlan(architecture), measures: measuresInPage };
      const total = taskCount(architecture, plan);
      let done = 0;
      const perform = (async (task: ModelTask) => {
        const found = performOnWeights(weights, task);
        done++;
        post({ kind: 'progress', share: shareOfHeads + ((1 - shareOfHeads) * done) / total });
        return found;
      }) as PerformModelTask;
      const columns = await measureModel({ path: name, architecture }, plan, perform, 1);
      const choice = choosePairs(columns.pairs, architecture, { kind: 'usual' }, 1, name);
      for (const { key, of, values } of modelRows(columns, choice, architecture)) {
        builder.appendCurves({ setting: name, ...key }, of, [Number.NaN], [values]);
      }
      publish();
    });
  }
  post({ kind: 'done', notes });
}

/** All but the mismatch, which takes ten times as long as the others. */
const measuresInPage = modelMeasureNames.filter((name) => name !== 'mismatch_ratio');

async function read(id: number, text: string): Promise<void> {
  try {
    if (opened === undefined) throw new InputError('the model is not open');
    const { weights, words } = opened;
    if (words === undefined) {
      throw new InputError('the folder has no tokenizer.json, and the vocabulary is not that of bytes');
    }
    const location = { path: weights.file, architecture: weights.architecture };
    const reading = await readText(runnerOfWeights(weights), location, words, text);
    post({ kind: 'reading', id, reading }, [reading.attention.buffer as ArrayBuffer]);
  } catch (error) {
    post({ kind: 'refused', id, message: messageOf(error) });
  }
}

function messageOf(error: unknown): string {
  const { message } = error as Error;
  return error instanceof RangeError
    ? `the model does not fit into this page's memory (${message})`
    : message;
}
