import { portableCodec } from '../checkpoint/codec.js';
import { readCheckpoint } from '../checkpoint/read.js';
import { writeSafetensors } from '../checkpoint/safetensors-write.js';
import { writeZip } from '../checkpoint/zip-write.js';
import { type Manifest, manifestFile, manifestName, type SavedFormat } from '../train/run-files.js';

const checkpointFile = /^(ckpt(?:_\d+)?)\.pt$/;

/**
 * A run folder as a zip archive, as `bridgescope train` would have written it in this format of checkpoints.
 * @param files of a run with `.pt` checkpoints   @param folder name of the archive's only folder
 * @throws CheckpointError when it would exceed what a zip archive holds
 */
export function zipRun(
  files: ReadonlyMap<string, Uint8Array>,
  folder: string,
  format: SavedFormat,
  sha256: (bytes: Uint8Array) => string,
): Uint8Array<ArrayBuffer> {
  const run = format === 'pt' ? files : withSafetensors(files, sha256);
  return writeZip([...run].map(([name, bytes]) => ({ name: `${folder}/${name}`, bytes })));
}

function withSafetensors(
  files: ReadonlyMap<string, Uint8Array>,
  sha256: (bytes: Uint8Array) => string,
): Map<string, Uint8Array> {
  const run = new Map<string, Uint8Array>();
  const hashes: Record<string, string> = {};
  for (const [name, bytes] of files) {
    const stem = checkpointFile.exec(name)?.[1];
    if (stem === undefined) run.set(name, bytes);
    else {
      const tensors = writeSafetensors(readCheckpoint(bytes, name, portableCodec));
      run.set(`${stem}.safetensors`, tensors);
      hashes[`${stem}.safetensors`] = sha256(tensors);
    }
  }
  const manifest = run.get(manifestName);
  if (manifest !== undefined) {
    const own = JSON.parse(new TextDecoder().decode(manifest)) as Manifest;
    const { bytes } = manifestFile({ ...own, checkpoints: orderedAs(own.checkpoints, hashes) });
    run.set(manifestName, bytes);
  }
  return run;
}

/** Hashes in the order in which the checkpoints were saved, for those that the manifest knows. */
function orderedAs(
  before: Readonly<Record<string, string>>,
  hashes: Readonly<Record<string, string>>,
): Record<string, string> {
  const names = Object.keys(before).map((name) => name.replace(/\.pt$/, '.safetensors'));
  const kept = new Set(names);
  return Object.fromEntries(Object.entries(hashes).filter(([name]) => kept.has(name)));
}
