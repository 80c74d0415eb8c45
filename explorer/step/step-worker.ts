import { writeNpz } from '../../src/checkpoint/npz-write.js';
import { kernels } from '../../src/linalg/kernels.js';
import { arrayNames, stepArrays } from '../../src/step/arrays.js';
import { circuitMaps } from '../../src/step/circuit-maps.js';
import { cosines } from '../../src/step/cosines.js';
import { judgeSequences } from '../../src/step/judge-sequences.js';
import { pairCircuits } from '../../src/step/open-step.js';
import { pairScores, writerScores } from '../../src/step/over-rel-pos.js';
import { placeErrors } from '../../src/step/place-errors.js';
import { readSequence } from '../../src/step/read-sequence.js';
import { createStepSession } from '../../src/step/session.js';
import { spectra } from '../../src/step/spectra.js';
import type { Answer, Kind, Question, Questions } from './protocol.js';

/** Decomposes and computes beside the page, so that it never stutters. */

const session = createStepSession(kernels);

const answers: { [K in Kind]: (key: string, ask: Questions[K]['ask']) => Questions[K]['answer'] } = {
  maps: (key, { pair, relPos }) => circuitMaps(pairCircuits(session.get(key), pair), relPos),
  numbers: (key, { pair, relPos, rank }) => {
    const choice = pairCircuits(session.get(key), pair, rank);
    return {
      spectra: spectra(choice, relPos),
      cosines: cosines(choice, relPos, rank),
      scores: pairScores(choice, relPos, rank),
      writer: writerScores(choice, rank),
    };
  },
  scores: (key, { pair, relPos, rank }) => {
    const choice = pairCircuits(session.get(key), pair, rank);
    return relPos.map((t) => pairScores(choice, t, rank));
  },
  arrays: (key, { pair, relPos, rank }) =>
    writeNpz(stepArrays(pairCircuits(session.get(key), pair, rank), arrayNames, { relPos, rank })),
  band: (key, { rank }) => session.randomCosines(session.get(key).config.d_model, rank),
  sequence: (key, { tokens, copies, edits }) =>
    readSequence(session.engine(key, edits), session.get(key).config, tokens, copies),
  places: (key, sequences) => placeErrors(session.engine(key), session.get(key).config, sequences),
  judged: (key, { sequences, edits }) =>
    judgeSequences(session.engine(key, edits), session.get(key).config, sequences),
};

function answerTo({ id, key, kind, ask, opening }: Question): Answer {
  try {
    if (opening !== undefined) session.open(key, opening.bytes, opening.config, opening.file);
    else if (!session.has(key)) return { id, need: true };
    const answer = answers[kind] as (key: string, ask: unknown) => unknown;
    return { id, answer: answer(key, ask) };
  } catch (error) {
    return { id, error: (error as Error).message };
  }
}

addEventListener('message', ({ data }: MessageEvent<Question>) => postMessage(answerTo(data)));
