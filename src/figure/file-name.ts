import type { Choice } from './panels.js';

/** Names that Windows keeps for devices. */
const reserved = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/**
 * A setting as one segment of a path, on any system: separators, control characters and what Windows forbids become
 * `_`, and a name that would be special stays harmless.
 */
export function pathSafe(setting: string): string {
  const safe = setting
    .normalize('NFC')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is replaced
    .replace(/[\u0000-\u001f\u007f<>:"/\\|?*\p{Surrogate}]/gu, '_')
    .replace(/[. ]+$/, (end) => '_'.repeat(end.length));
  return safe === '' || reserved.test(safe) ? `_${safe}` : safe;
}

/**
 * Where a figure goes below the folder of results, with forward slashes:
 * `train_matching_measure_{setting}/rank_{r}_method_{m}_rel_pos_{t}.{extension}`.
 * Source: notebook, `plt.savefig`.
 */
export function figureFile(
  { setting, rank, method, relPos }: Choice,
  extension: 'png' | 'svg' | 'pdf',
): string {
  return `train_matching_measure_${pathSafe(setting)}/rank_${rank}_method_${method}_rel_pos_${relPos}.${extension}`;
}
