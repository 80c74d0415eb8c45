import { sha256 } from '@noble/hashes/sha2';
import { bytesToHex } from '@noble/hashes/utils';
import { zipRun } from '../../src/lab/archive.js';
import type { SavedFormat } from '../../src/train/run-files.js';
import { saveFile } from '../save/save-file.js';
import type { LabRun } from './lab-run.js';

/** Hands the run folder to the browser, as `SETTING.zip`. @throws CheckpointError when it is too large for an archive */
export function downloadRun({ setting, record }: LabRun, format: SavedFormat): void {
  const bytes = zipRun(record.files, setting, format, (file) => bytesToHex(sha256(file)));
  saveFile(new Blob([bytes], { type: 'application/zip' }), `${setting}.zip`);
}
