import './open.css';
import { signal, useSignal } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { mostHeadsOfPage } from '../../src/measures/usual-choice.js';
import { HeadsSection } from '../heads/HeadsSection.js';
import { Section } from '../parts/Section.js';
import type { RunSource } from '../source/run-source.js';
import { createView } from '../state/view.js';
import { type OpenedFiles, openFiles } from './file-source.js';
import { modelFiles } from './model-files.js';

/** A model's folder from the reader's disk: read, measured and run in this page alone. */
export function OpenModel() {
  const { sources, view, selected } = useMemo(
    () => ({
      sources: signal<readonly RunSource[]>([]),
      view: createView(),
      selected: signal<number | null>(null),
    }),
    [],
  );
  const opened = useSignal<OpenedFiles | undefined>(undefined);
  const problem = useSignal<string | undefined>(undefined);
  const isReady = useSignal(false);
  useEffect(() => () => opened.peek()?.close(), [opened]);
  const openAll = (files: readonly File[]) => {
    opened.value?.close();
    opened.value = undefined;
    sources.value = [];
    problem.value = undefined;
    isReady.value = false;
    try {
      const found = openFiles(modelFiles(files), {
        onFail: (message) => {
          problem.value = message;
          opened.value?.close();
          opened.value = undefined;
        },
        onReady: () => {
          isReady.value = true;
        },
      });
      opened.value = found;
      sources.value = [found.source];
    } catch (error) {
      problem.value = (error as Error).message;
    }
  };
  const name = opened.value?.source.setting;
  return (
    <>
      <Section
        id="open-model"
        title="Open a model from your disk"
        lead="Choose the folder of a GPT-2, Pythia, Llama, Mistral, Gemma, Falcon, OLMo or Qwen, as Hugging Face's transformers saves it: config.json and its weights. It is read here, by the parts that are needed; nothing is sent anywhere."
      >
        <div class="open-model">
          <label class="open-choose">
            <input
              type="file"
              aria-label="choose the folder of a model"
              ref={(input) => input?.setAttribute('webkitdirectory', '')}
              onChange={({ currentTarget }) => {
                openAll([...(currentTarget.files ?? [])]);
                currentTarget.value = '';
              }}
            />
            <span>{name === undefined ? 'Choose a folder' : 'Choose another folder'}</span>
          </label>
          <p class="quiet" aria-live="polite">
            {problem.value !== undefined
              ? ''
              : name === undefined
                ? `Models of up to ${mostHeadsOfPage} heads, as far as they fit into the memory of a page.`
                : isReady.value
                  ? `${name} is open.`
                  : `Reading ${name} …`}
          </p>
        </div>
        {problem.value === undefined ? null : (
          <p class="problem" role="alert">
            {problem.value}
          </p>
        )}
      </Section>
      {isReady.value && opened.value !== undefined ? (
        <HeadsSection key={name} sources={sources} view={view} selected={selected} />
      ) : null}
    </>
  );
}
