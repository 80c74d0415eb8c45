/** One checkpoint of a run opened: circuits as matrices, spectra, cosines, attention on a sequence. */

export { type ArrayName, arrayMeanings, arrayNames, type NamedArray, stepArrays } from '../step/arrays.js';
export { circuitMaps, type HeatMatrix } from '../step/circuit-maps.js';
export { type Cosines, cosines } from '../step/cosines.js';
export { type HeadPattern, headPatterns } from '../step/head-patterns.js';
export {
  choicesOf,
  type OpenedStep,
  openStep,
  type PairCircuits,
  pairCircuits,
  stepOfState,
} from '../step/open-step.js';
export { type PairScores, pairScores } from '../step/over-rel-pos.js';
export { type PlaceErrors, placeErrors } from '../step/place-errors.js';
export { readSequence, type SequenceReading } from '../step/read-sequence.js';
export { createStepSession, type StepSession } from '../step/session.js';
export { type Spectrum, spectra } from '../step/spectra.js';
