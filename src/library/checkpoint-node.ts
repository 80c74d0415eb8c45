/** The same as without Node, and checkpoints on the disk. */

export { openCheckpoint, openTensors, openTestSet } from '../checkpoint/open.js';
export { openTensorSource } from '../checkpoint/open-source.js';
export { writeFileAtomically } from '../files/atomic-file.js';
export * from './checkpoint.js';
