/**
 * Holds our scores of heads against those that were published for a model, for someone who has its weights:
 *
 *     npm run check:published -- FOLDER [--sequences 50]
 *
 * The model is recognised by its shape. Its heads are scored on random tokens that stand twice, as the published code
 * does it (see `src/evaluate/head-scores.ts`), and every published head is compared. Tokens are drawn by another seed, and
 * most lists were made in bfloat16: scores agree where they differ by at most 0.05. What the weights say of the same heads
 * follows for models of up to 400 heads: how high pairs of a previous-token head and a later induction head stand among all.
 * Exit status: 0 all agree, 1 some do not or the model is not known, 2 wrong usage.
 */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { InputError } from '../dist/errors.js';
import { headScores } from '../dist/evaluate/head-scores.js';
import { repeatedTokens, usualSequences } from '../dist/evaluate/repeated-tokens.js';
import { kernelForward } from '../dist/forward/kernel-forward.js';
import { headName, pairName, parseHead } from '../dist/model/heads.js';
import { openModel } from '../dist/run/open-model.js';
import { measureWeights } from '../dist/series/measure-weights.js';

const tolerance = 0.05;
/** Pairs grow with the square: of 144 heads they take a quarter of a minute here, of 1200 a quarter of an hour. */
const mostMeasuredHeads = 400;

/** Lists of heads and their scores, the strongest first, with the shape of their model. */
const lists = JSON.parse(readFileSync(new URL('published-heads.json', import.meta.url), 'utf8'));

async function main() {
  const { folder, sequences } = readOptions();
  const model = openModel(folder);
  const { architecture } = model;
  const list = lists.find(({ shape }) =>
    Object.entries(shape).every(([key, value]) => architecture[key] === value),
  );
  if (list === undefined) {
    throw new InputError(
      `${folder}: no heads are published for a model of this shape (${shapeText(architecture)}); known are ${lists
        .map(({ name }) => name)
        .join(', ')}`,
    );
  }
  print(`${folder} has the shape of ${list.name} (${list.hub}): ${shapeText(architecture)}`);
  print(`published: ${list.source}`);
  const tokens = repeatedTokens({
    vocabSize: architecture.vocabSize,
    repeats: 2,
    sequences,
    bos: list.bos,
  });
  const weights = model.open(model.steps.at(-1));
  const scores = headScores(kernelForward, weights, tokens).published;
  const kinds = Object.keys(scores).filter((kind) => list[kind] !== undefined);
  const agreed = kinds.map((kind) => compare(kind, list[kind], scores[kind], architecture));
  if (kinds.length === 2 && architecture.layers * architecture.heads <= mostMeasuredHeads) {
    await comparePairs(weights, list, architecture);
  }
  print(
    agreed.every(Boolean)
      ? `\nall published heads agree within ${tolerance}`
      : `\nnot all published heads agree within ${tolerance}: is the model fine-tuned, or another revision?`,
  );
  return agreed.every(Boolean) ? 0 : 1;
}

function readOptions() {
  let parsed;
  try {
    parsed = parseArgs({ allowPositionals: true, options: { sequences: { type: 'string' } } });
  } catch (error) {
    throw new UsageError(error.message);
  }
  const [folder, ...rest] = parsed.positionals;
  const sequences = Number(parsed.values.sequences ?? usualSequences);
  if (folder === undefined || rest.length > 0) throw new UsageError('expected one FOLDER');
  if (!(Number.isInteger(sequences) && sequences >= 1)) {
    throw new UsageError(`--sequences ${parsed.values.sequences}: expected a whole number from 1`);
  }
  return { folder, sequences };
}

class UsageError extends Error {}

/** Prints published and found scores side by side. @returns whether all of them agree */
function compare(kind, published, scores, grid) {
  const names = Object.keys(published);
  const strongest = [...scores.keys()].sort((a, b) => scores[b] - scores[a]).slice(0, names.length);
  const found = new Set(strongest.map((head) => headName(grid, head)));
  const label = kind === 'induction' ? 'induction heads' : 'previous-token heads';
  print(`\n${label.padEnd(22)} published  found  difference`);
  let worst = 0;
  for (const name of names) {
    const score = scores[parseHead(grid, name)];
    const difference = score - published[name];
    // NaN is no agreement.
    if (!(Math.abs(difference) <= worst)) worst = Math.abs(difference);
    const mark = Math.abs(difference) <= tolerance ? '' : '  differs';
    print(
      `  ${name.padEnd(20)} ${published[name].toFixed(3).padStart(9)} ${score.toFixed(3).padStart(6)} ${difference.toFixed(3).padStart(11)}${mark}`,
    );
  }
  const common = names.filter((name) => found.has(name)).length;
  print(
    `  ${common} of the ${names.length} strongest are the published ones; largest difference ${worst.toFixed(3)}`,
  );
  return worst <= tolerance;
}

/** Prints where pairs of a published previous-token head and a later induction head stand among all causal pairs. */
async function comparePairs(weights, { previousToken, induction }, grid) {
  const { layers, heads, headWidth, positions } = grid;
  const relPos = positions.kind === 'rotary' ? -1 : 0;
  const rank = Math.min(10, headWidth);
  const { pairs } = await measureWeights(weights, {
    measures: ['qk_ov_match', 'k_composition'],
    ranks: [rank],
    relPos: [relPos],
  });
  const total = layers * heads;
  const layerOf = (head) => Math.floor(head / heads);
  const places = (names) => Object.keys(names).map((name) => parseHead(grid, name));
  print(
    '\nof all causal pairs, the share that lies below one of a previous-token and a later induction head',
  );
  for (const { key, values } of pairs) {
    if (key.statistic === 'largest') continue;
    const causal = [];
    for (let at = 0; at < values.length; at++) {
      if (layerOf(at % total) < layerOf(Math.floor(at / total))) causal.push(values[at]);
    }
    const shares = [];
    for (const writer of places(previousToken)) {
      for (const reader of places(induction)) {
        if (layerOf(writer) >= layerOf(reader)) continue;
        const value = values[reader * total + writer];
        const share = causal.filter((other) => other < value).length / causal.length;
        shares.push({ pair: pairName(grid, { writer, reader }), share });
      }
    }
    shares.sort((a, b) => b.share - a.share);
    const label = key.statistic === null ? key.measure : `${key.measure}, rank ${key.rank}`;
    const percent = (share) => `${(100 * share).toFixed(1)} %`;
    const median = shares[Math.floor(shares.length / 2)];
    print(
      `  ${label} at relative position ${relPos}: highest ${percent(shares[0].share)} (${shares[0].pair}), median ${percent(median.share)} of ${shares.length} such pairs`,
    );
  }
}

function shapeText({ family, layers, heads, keyHeads, width, vocabSize }) {
  const shared = keyHeads === heads ? '' : ` on ${keyHeads} key head${keyHeads === 1 ? '' : 's'}`;
  return `${family}, ${layers} layers of ${heads} head${heads === 1 ? '' : 's'}${shared}, width ${width}, ${vocabSize} tokens`;
}

function print(text) {
  process.stdout.write(`${text}\n`);
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof InputError || error instanceof UsageError)) throw error;
  process.stderr.write(`check:published: ${error.message}\n`);
  process.exitCode = error instanceof UsageError ? 2 : 1;
}
