import type { ReadonlySignal } from '@preact/signals';
import { Scroller } from '../parts/Scroller.js';
import { Section } from '../parts/Section.js';
import type { RunSource } from '../source/run-source.js';
import { shownSources } from '../state/selection.js';
import type { View } from '../state/view.js';
import { mostHues } from '../timeline/run-groups.js';
import { colourOf } from '../timeline/run-style.js';
import { ConfigTable } from './ConfigTable.js';
import { Downloads } from './Downloads.js';

/** Where the numbers come from: config, versions, hashes, and everything to take along. */
export function ProvenanceSection({
  sources,
  view,
}: {
  sources: ReadonlySignal<readonly RunSource[]>;
  view: View;
}) {
  const shown = shownSources(sources.value, view);
  return (
    <Section
      id="provenance"
      title="Config, versions, hashes, downloads"
      lead="What each run was made with, a fingerprint of each of its checkpoints, and the figures and numbers to take along."
    >
      <ConfigTable runs={shown} all={sources.value} />
      <div class="provenance">
        {shown.map((source) => (
          <RunProvenance key={source.setting} source={source} sources={sources.value} view={view} />
        ))}
      </div>
    </Section>
  );
}

/** A run's files, notes and hashes; of many runs each is folded to a line. */
function RunProvenance(props: { source: RunSource; sources: readonly RunSource[]; view: View }) {
  const { source, sources, view } = props;
  const { version, checkpoints, notes } = source.provenance.value;
  const hashes = Object.entries(checkpoints);
  const name = (
    <>
      <span class="swatch" style={{ '--run': `var(--${colourOf(sources, source.setting)})` }} />
      {source.setting}
    </>
  );
  const content = (
    <>
      <Downloads source={source} view={view} />
      {notes.length === 0 ? null : (
        <ul class="notes">
          {notes.map((note) => (
            <li key={note}>{note}</li>
          ))}
        </ul>
      )}
      <details>
        <summary>
          Measured by bridgescope {version}; {hashes.length} checkpoints, SHA-256
        </summary>
        <Scroller class="hashes" name={`checkpoint hashes of ${source.setting}`}>
          <table>
            <tbody>
              {hashes.map(([step, hash]) => (
                <tr key={step}>
                  <th scope="row">{step}</th>
                  <td>
                    <code>{hash}</code>
                  </td>
                </tr>
              ))}
            </tbody>
          </table>
        </Scroller>
      </details>
    </>
  );
  if (sources.length > mostHues) {
    return (
      <details class="run-files">
        <summary>{name}</summary>
        {content}
      </details>
    );
  }
  return (
    <article>
      <h3 class="run-name">{name}</h3>
      {content}
    </article>
  );
}
