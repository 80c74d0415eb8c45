import { Section } from '../parts/Section.js';
import type { RunSource } from '../source/run-source.js';
import type { View } from '../state/view.js';
import { HeadsByColour } from './HeadsByColour.js';
import { headValues } from './head-values.js';
import type { HeadsModel } from './heads-model.js';
import type { HeadsView } from './heads-view.js';
import { MeasureSelect } from './MeasureSelect.js';
import { MeasuringBar } from './MeasuringBar.js';
import { TextPart } from './TextPart.js';

/** What is seen of a model before its pairs are measured, or where none are: how far it is, and what its heads do. */
export function NoPairsYet(props: {
  readonly model: HeadsModel | undefined;
  readonly source: RunSource;
  readonly name: string;
  readonly view: View;
  readonly own: HeadsView;
  readonly step: number | null;
}) {
  const { model, source, name, view, own, step } = props;
  const ofRun = name === '' ? '' : `${name}: `;
  const isMeasuring = source.progress.value.phase === 'measuring';
  const at = { rank: view.rank.value, relPos: view.relPos.value, step };
  const choices = model?.ofHeads.map(({ id }) => id) ?? [];
  const colour = choices.includes(own.colour.value) ? own.colour.value : (choices[0] ?? '');
  return (
    <Section
      id="heads"
      title="Which head reads which?"
      lead={
        <>
          {ofRun}
          {model === undefined ? '' : `${model.layers} layers of ${model.heads} heads. `}
          {isMeasuring ? 'Its pairs of heads appear here once they are measured.' : noPairsText(source)}
        </>
      }
    >
      {isMeasuring ? <MeasuringBar progress={source.progress.value} /> : null}
      {model === undefined || colour === '' ? (
        isMeasuring ? (
          <div class="skeleton" style={{ minHeight: '600px' }} aria-busy="true" />
        ) : null
      ) : (
        <div class="heads-views">
          <div class="heads-side">
            <figure>
              <figcaption>
                <h3>Heads</h3>
                <MeasureSelect
                  label={<span class="visually-hidden">colour of the heads</span>}
                  value={colour}
                  ids={choices}
                  onChoose={(id) => {
                    own.colour.value = id;
                  }}
                />
              </figcaption>
              <HeadsByColour model={model} values={headValues(model, colour, undefined, at)} marked={[]} />
            </figure>
          </div>
        </div>
      )}
      {model === undefined || source.readText === undefined ? null : (
        <TextPart source={source} own={own} step={model.steps.length === 0 ? null : step} firstHead={0} />
      )}
    </Section>
  );
}

/** Why a model that is no longer being measured has no pairs. */
function noPairsText({ provenance }: RunSource): string {
  return provenance.value.notes.at(-1) ?? 'No pairs of heads were measured.';
}
