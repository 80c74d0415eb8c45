import { useState } from 'preact/hooks';
import type { RunSource } from '../source/run-source.js';
import type { View } from '../state/view.js';
import { type DownloadKind, makeDownload } from './make-download.js';

const kinds: readonly (readonly [DownloadKind, string])[] = [
  ['svg', 'Figure SVG'],
  ['png', 'Figure PNG'],
  ['csv', 'Figure data CSV'],
  ['parquet', 'Whole table Parquet'],
];

/** The five-panel figure of the present choice, its data, and the run's whole table, as files. */
export function Downloads({ source, view }: { source: RunSource; view: View }) {
  const [failure, setFailure] = useState<string>();
  return (
    <div class="downloads">
      {kinds.map(([kind, label]) => (
        <button
          type="button"
          class="plain"
          key={kind}
          onClick={() => {
            setFailure(undefined);
            makeDownload(kind, source, view).catch((error: Error) => setFailure(error.message));
          }}
        >
          {label}
        </button>
      ))}
      <button type="button" class="plain" onClick={() => print()}>
        Print or PDF
      </button>
      {failure === undefined ? null : <p role="alert">{failure}</p>}
    </div>
  );
}
