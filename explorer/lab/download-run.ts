import { sha256 } from '@noble/hashes/sha2';
import { bytesToHex } from '@noble/hashes/utils';
import { zipRun } from '../../src/lab/archive.js';
import type { CheckpointFormat } from '../../src/train/run-files.js';
import type { LabRun } from './lab-run.js';

/** Hands the run folder to the browser, as `SETTING.zip`. @throws CheckpointError when it is too large for an archive */
export function downloadRun({ setting, record }: LabRun, format: CheckpointFormat): void {
  const bytes = zipRun(record.files, setting, format, (file) => bytesToHex(sha256(file)));
  const url = URL.createObjectURL(new Blob([bytes], { type: 'application/zip' }));
  const link = document.createElement('a');
  link.href = url;
  link.download = `${setting}.zip`;
  link.click();
  // The browser needs it until it has begun to save.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
