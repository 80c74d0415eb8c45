import type { ReadonlySignal } from '@preact/signals';
import { useState } from 'preact/hooks';
import { useDropDown } from '../parts/use-drop-down.js';
import type { RunSource } from '../source/run-source.js';
import type { Looks } from '../state/looks.js';
import { focusedSource, shownSources } from '../state/selection.js';
import type { View } from '../state/view.js';
import { lookAtPanels } from '../timeline/panel-sights.js';
import { shownGroups } from '../timeline/run-groups.js';
import { colourOf } from '../timeline/run-style.js';
import { fileStem } from './picture.js';
import { pictureKinds, savePicture } from './SaveMenu.js';
import { type SheetKey, sheetPicture } from './sheet-picture.js';

/** Everything to take along, one click from the top of the page: the charts as they are seen, a run's published figure, its table. */
export function DownloadMenu(props: {
  readonly sources: ReadonlySignal<readonly RunSource[]>;
  readonly view: View;
  readonly looks: ReadonlySignal<Looks>;
}) {
  const { sources, view, looks } = props;
  const { close, properties } = useDropDown();
  const [failure, setFailure] = useState<string>();
  const run = focusedSource(sources.value, view);
  const save = (making: Promise<void>) => {
    setFailure(undefined);
    making.then(close, (error: Error) => setFailure(error.message));
  };
  const sheet = () => {
    const names = shownSources(sources.peek(), view).map(({ setting }) => setting);
    const title = `${names.slice(0, 3).join('_')}${names.length > 3 ? `_and_${names.length - 3}_more` : ''}`;
    const panels = document.querySelector('#timeline .panels')?.parentElement ?? document;
    return sheetPicture(fileStem(title), keysOf(sources.peek(), view), () => lookAtPanels(panels));
  };
  const download = async (kind: 'svg' | 'png' | 'csv' | 'parquet') => {
    const { makeDownload } = await import('../provenance/make-download.js');
    if (run !== undefined) await makeDownload(kind, run, view);
  };
  const row = (name: string, kinds: readonly (readonly [label: string, onClick: () => void])[]) => (
    <fieldset class="download-row">
      <legend>{name}</legend>
      {kinds.map(([label, onClick]) => (
        <button type="button" class="plain" key={label} onClick={onClick}>
          {label}
        </button>
      ))}
    </fieldset>
  );
  return (
    <details {...properties} class="save download-menu">
      <summary>Download</summary>
      <div class="save-box" tabIndex={-1}>
        {looks.value.training
          ? row(
              'All panels, as they are seen',
              pictureKinds.map((kind) => [kind, () => save(savePicture(sheet(), kind))] as const),
            )
          : null}
        {run === undefined
          ? null
          : row(
              looks.value.training ? `${run.setting}: published layout, whole table` : `${run.setting}`,
              looks.value.training
                ? [
                    ['SVG', () => save(download('svg'))],
                    ['PNG', () => save(download('png'))],
                    ['CSV', () => save(download('csv'))],
                    ['Parquet', () => save(download('parquet'))],
                  ]
                : [['Parquet', () => save(download('parquet'))]],
            )}
        {row('The page', [
          [
            'Print or PDF',
            () => {
              close();
              print();
            },
          ],
        ])}
        {failure === undefined ? null : <p role="alert">{failure}</p>}
      </div>
    </details>
  );
}

function keysOf(sources: readonly RunSource[], view: View): SheetKey[] {
  const shown = shownSources(sources, view);
  const groups = shownGroups(sources, shown);
  return (
    groups?.map(({ label, colour }) => ({ name: label, colour })) ??
    shown.map(({ setting }) => ({ name: setting, colour: colourOf(sources, setting) }))
  );
}
