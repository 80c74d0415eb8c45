import { inertOptions } from '../../src/run/config.js';
import { Scroller } from '../parts/Scroller.js';
import type { RunSource } from '../source/run-source.js';
import { colourOf } from '../timeline/run-style.js';

const inert = new Set<string>(inertOptions);

/** Configs of runs: what all share stands once, and where they differ each has a row. */
export function ConfigTable(props: {
  readonly runs: readonly RunSource[];
  /** Every run of the page, for the colours. */
  readonly all: readonly RunSource[];
}) {
  const { runs, all } = props;
  const configs = runs.map(({ provenance }) => provenance.value.config);
  const names = [...new Set(configs.flatMap((config) => Object.keys(config)))];
  const textsOf = (name: string) =>
    configs.map((config) => (Object.hasOwn(config, name) ? optionText(config[name]) : '–'));
  const differing = names.filter((name) => new Set(textsOf(name)).size > 1);
  // Those that steer something come first.
  differing.sort((a, b) => Number(inert.has(a)) - Number(inert.has(b)));
  const shared = names.filter((name) => !differing.includes(name));
  return (
    <>
      {differing.length === 0 ? null : (
        <Scroller class="config-differences" name="options in which the runs differ">
          <table>
            <thead>
              <tr>
                <th scope="col">differs in</th>
                {differing.map((name) => (
                  <th scope="col" key={name}>
                    {name}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {runs.map(({ setting }, at) => (
                <tr key={setting}>
                  <th scope="row">
                    <span class="swatch" style={{ '--run': `var(--${colourOf(all, setting)})` }} />
                    {setting}
                  </th>
                  {differing.map((name) => (
                    <td key={name}>{textsOf(name)[at]}</td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </Scroller>
      )}
      <dl class="config">
        {shared.map((name) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{textsOf(name)[0]}</dd>
          </div>
        ))}
      </dl>
    </>
  );
}

function optionText(value: unknown): string {
  return typeof value === 'string' ? value : (JSON.stringify(value) ?? '–');
}
