import type { ReadonlySignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import { Section } from '../parts/Section.js';
import type { RunSource } from '../source/run-source.js';
import type { View } from '../state/view.js';
import { stepText } from './numbers.js';
import { OpenedView } from './OpenedView.js';
import { focusedRun, selectionOf } from './selection.js';
import { createStepClient } from './step-client.js';
import './step.css';

/** The selected checkpoint, opened. */
export function StepSection({
  sources,
  view,
}: {
  sources: ReadonlySignal<readonly RunSource[]>;
  view: View;
}) {
  const client = useMemo(createStepClient, []);
  const runs = sources.value;
  const source = focusedRun(runs, view);
  const selection = source && selectionOf(source, view);
  const title = selection === undefined ? 'One step, opened' : `At step ${stepText(selection.info.step)}`;
  return (
    <Section
      id="step"
      title={title}
      lead="One checkpoint, looked at from inside: what the heads of an earlier layer write, what those of a later one look for, and what the model then does with a sequence. Everything is computed from its weights, here."
    >
      {source === undefined ? (
        <div class="skeleton" style={{ minHeight: '600px' }} aria-busy="true" />
      ) : selection === undefined ? (
        <p class="quiet">{whyNothing(source)}</p>
      ) : (
        <KeepHeight>
          <OpenedView {...{ client, selection, view, runs }} />
        </KeepHeight>
      )}
    </Section>
  );
}

/** Holds the place of what was shown last, so that a message in its stead does not move the page. */
function KeepHeight({ children }: { children: ComponentChildren }) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const observer = new ResizeObserver(() => {
      const element = box.current!;
      if (element.querySelector('.instead') === null) {
        element.style.setProperty('--kept', `${element.firstElementChild?.clientHeight ?? 0}px`);
      }
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

function whyNothing({ config, setting, steps }: RunSource): string {
  if (config === undefined) {
    return `${setting} came as a table without its run's config.json, so its checkpoints cannot be opened; explore the run folder instead.`;
  }
  return steps.value.length === 0
    ? `${setting} has no checkpoint yet: the first one that is saved opens here.`
    : `No checkpoint of ${setting} can be opened.`;
}
