import './step.css';
import type { ReadonlySignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { formatStep } from '../chart/format.js';
import { Section } from '../parts/Section.js';
import type { RunSource } from '../source/run-source.js';
import { focusedSource } from '../state/selection.js';
import type { View } from '../state/view.js';
import { OpenedView } from './OpenedView.js';
import { selectionOf } from './selection.js';
import { createStepClient } from './step-client.js';
import { useSeen } from './use-seen.js';

/** The selected checkpoint, opened. */
export function StepSection(props: {
  readonly sources: ReadonlySignal<readonly RunSource[]>;
  readonly view: View;
  /** Of the section; the first one of a page is `step`, and keeps what it shows in the address bar. */
  readonly id?: string;
}) {
  const { sources, view, id = 'step' } = props;
  const client = useMemo(createStepClient, []);
  const runs = sources.value;
  const selection = selectionOf(runs, view);
  const focused = focusedSource(runs, view);
  const box = useRef<HTMLDivElement>(null);
  const isSeen = useSeen(box);
  return (
    <Section
      id={id}
      title={selection === undefined ? 'One step, opened' : `At step ${formatStep(selection.info.step)}`}
      lead="One checkpoint from inside: what the heads of an earlier layer write, what those of a later one look for, and what the model then does with a sequence. All of it is computed here, from the weights."
    >
      <div class="step" ref={box}>
        {focused === undefined ? (
          <div class="skeleton" style={{ minHeight: '600px' }} aria-busy="true" />
        ) : selection === undefined ? (
          <p class="quiet">{whyNothing(focused)}</p>
        ) : (
          <KeepHeight>
            <OpenedView {...{ client, selection, view, runs, isSeen }} isLinked={id === 'step'} />
          </KeepHeight>
        )}
      </div>
    </Section>
  );
}

/** Holds the place of what was shown last, so that a message in its stead does not move the page. */
function KeepHeight({ children }: { children: ComponentChildren }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const observer = new ResizeObserver(() => {
      const content = box.current!.firstElementChild;
      if (content?.matches('.opened')) box.current!.style.setProperty('--kept', `${content.clientHeight}px`);
    });
    observer.observe(box.current!);
    return () => observer.disconnect();
  }, []);
  return (
    <div ref={box} class="keep-height">
      {children}
    </div>
  );
}

function whyNothing({ config, setting }: RunSource): string {
  return config === undefined
    ? `${setting} came as a table without its run's config.json, so its checkpoints cannot be opened; explore the run folder instead.`
    : `${setting} has no checkpoint yet: the first one that is saved opens here.`;
}
