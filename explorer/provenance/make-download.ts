import { dynamicsFigure } from '../../src/figure/dynamics.js';
import { figureFile } from '../../src/figure/file-name.js';
import type { Choice } from '../../src/figure/panels.js';
import type { Curve } from '../../src/series/curves.js';
import { nullInt, type Table, TableBuilder } from '../../src/series/table.js';
import { csvChunks } from '../../src/tables/csv.js';
import { tableMetadata } from '../../src/tables/meta.js';
import { writeParquet } from '../../src/tables/parquet.js';
import { paintPng } from '../save/picture.js';
import { saveFile } from '../save/save-file.js';
import type { RunSource } from '../source/run-source.js';
import type { View } from '../state/view.js';

export type DownloadKind = 'svg' | 'png' | 'csv' | 'parquet';

/** Makes a file of what a run shows now, and hands it to the browser. @throws Error when it cannot be drawn */
export async function makeDownload(kind: DownloadKind, source: RunSource, view: View): Promise<void> {
  const { setting, curves, provenance } = source;
  const choice: Choice = {
    setting,
    rank: view.rank.value,
    method: view.match.value,
    relPos: view.relPos.value,
    pair: view.pair.value ?? undefined,
  };
  const name = figureFile(choice, kind === 'svg' ? 'svg' : 'png')
    .split('/')
    .at(-1)!
    .replace(/\.\w+$/, '');
  const file = `${setting}_${name}`;
  if (kind === 'parquet') {
    const { version, config, checkpoints } = provenance.value;
    const metadata = tableMetadata(version, { [setting]: { config, checkpoints } });
    saveFile(new Blob([writeParquet(tableOf(curves.value.all), metadata)]), `${setting}.parquet`);
  } else if (kind === 'csv') {
    const shown = curves.value.all.filter((curve) => isShown(curve, choice));
    saveFile(new Blob([...csvChunks(tableOf(shown))], { type: 'text/csv' }), `${file}.csv`);
  } else {
    const svg = dynamicsFigure(curves.value, choice);
    const picture = new Blob([svg], { type: 'image/svg+xml' });
    saveFile(kind === 'svg' ? picture : await paintPng(svg), `${file}.${kind}`);
  }
}

/** Whether the figure of a choice shows a curve. */
function isShown({ key }: Curve, { rank, method, relPos }: Choice): boolean {
  const isError = key.measure === 'err_test' || key.measure === 'err_ood';
  const isPair = key.measure === 'z_score' || key.measure === 'mismatch_ratio';
  if (isError) return true;
  if (isPair) return key.rel_pos === relPos;
  if (key.measure === 'baseline_match')
    return key.rank === rank && key.statistic?.startsWith(method) === true;
  const isMatch = key.rank === rank && key.statistic === method;
  return (
    isMatch && (key.measure === 'wte_ov_match' || (key.measure === 'qk_ov_match' && key.rel_pos === relPos))
  );
}

function tableOf(curves: readonly Curve[]): Table {
  const builder = new TableBuilder();
  for (const { key, steps, values } of curves) {
    builder.appendCurve(
      key,
      Array.from(steps, (step) => (Number.isNaN(step) ? nullInt : step)),
      values,
    );
  }
  return builder.build();
}
