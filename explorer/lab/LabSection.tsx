import '../style/lab.css';
import { computed, effect } from '@preact/signals';
import { useEffect, useMemo } from 'preact/hooks';
import { Deferred } from '../parts/Deferred.js';
import { Section } from '../parts/Section.js';
import { checkpointSteps, nearestStep, selectedStep, shownSources, stepBeside } from '../state/selection.js';
import { createView, type View } from '../state/view.js';
import { Controls } from '../timeline/Controls.js';
import { Panels } from '../timeline/Panels.js';
import { colourOf } from '../timeline/run-style.js';
import { Scrubber } from '../timeline/Scrubber.js';
import { BenchControls } from './BenchControls.js';
import { BenchForm } from './BenchForm.js';
import { createLab, type Lab, type LabBench } from './lab-bench.js';
import { labPairs } from './lab-settings.js';
import { WhatToWatch } from './WhatToWatch.js';

/** Training in the page: two runs side by side, every panel growing, and any of their checkpoints opened. */
export function LabSection() {
  const { lab, view, selected } = useMemo(() => {
    const made = createLab();
    const own = createView();
    return { lab: made, view: own, selected: computed(() => selectedStep(made.sources.value, own)) };
  }, []);
  useEffect(() => guardTraining(lab), [lab]);
  useEffect(() => effect(() => focusOnCheckpoints(lab, view)), [lab, view]);
  const { sources } = lab;
  const onSelect = (step: number) => {
    view.step.value = nearestStep(checkpointSteps(shownSources(sources.peek(), view)), step);
  };
  const hasCheckpoints = sources.value.some(({ steps }) => steps.value.length > 0);
  return (
    <Section
      id="lab"
      title="Try it: train two models side by side"
      lead="Both models train here, in this page, with the engine of bridgescope train: the same settings and seed give the same bytes. Nothing is installed, nothing leaves your browser."
    >
      {/* biome-ignore lint/a11y/noStaticElementInteractions: arrow keys pressed in the lab move its own step */}
      <div class="lab" onKeyDown={(event) => moveByKey(event, lab, view, onSelect)}>
        <PairChoice lab={lab} />
        <div class="lab-work">
          <div class="benches">
            {lab.benches.map((bench, at) => (
              <Bench key={at === 0 ? 'left' : 'right'} bench={bench} lab={lab} id={`lab-${at + 1}`} />
            ))}
          </div>
          <div class="lab-charts">
            <div class="lab-view">
              <Controls sources={sources} view={view} />
            </div>
            <Panels sources={sources} view={view} selected={selected} onSelect={onSelect} />
            <Scrubber sources={sources} view={view} selected={selected} onSelect={onSelect} />
          </div>
        </div>
        <WhatToWatch />
        {hasCheckpoints ? (
          <Deferred
            load={async () => (await import('../step/StepSection.js')).StepSection}
            props={{ sources, view, id: 'lab-step' }}
            height="900px"
          />
        ) : (
          <p class="quiet lab-empty">
            Checkpoints open here, weights and attention and all, as soon as a model trains.
          </p>
        )}
      </div>
    </Section>
  );
}

function PairChoice({ lab }: { readonly lab: Lab }) {
  const isBusy = lab.benches.some(({ isActive }) => isActive.value);
  const isTraining = lab.benches.some(({ run }) => run.value.phase.value === 'training');
  // Both or none: one that trains alone would be compared with nothing.
  const problems = lab.benches.flatMap(({ checked, run }, at) => {
    const { problem } = checked.value;
    return problem === undefined || run.value.phase.value === 'paused'
      ? []
      : [`${at === 0 ? 'The first' : 'The second'} model cannot be trained: ${problem.text}.`];
  });
  return (
    <div class="pair-choice">
      <fieldset class="pairs" disabled={isBusy}>
        <legend>Compare</legend>
        {labPairs.map((pair) => (
          <label key={pair.id}>
            <input
              type="radio"
              name="lab-pair"
              checked={lab.pair.value === pair}
              onChange={() => lab.choose(pair)}
            />
            <span>{pair.label}</span>
          </label>
        ))}
      </fieldset>
      <p class="story">{lab.pair.value.story}</p>
      <button
        type="button"
        class="strong both"
        disabled={!isTraining && problems.length > 0}
        onClick={() => {
          for (const bench of lab.benches) {
            if (isTraining) bench.run.value.pause();
            else bench.train();
          }
        }}
      >
        {isTraining ? '❚❚ Pause both' : '▶ Train both'}
      </button>
      {isTraining || problems.length === 0 ? null : (
        <p class="problem pair-problem" role="alert">
          {problems.join(' ')} Each model can be trained alone by its own button.
        </p>
      )}
    </div>
  );
}

function Bench({ bench, lab, id }: { readonly bench: LabBench; readonly lab: Lab; readonly id: string }) {
  const { setting } = bench.run.value;
  return (
    <section class="bench" aria-labelledby={`${id}-title`}>
      <h3 class="run-name" id={`${id}-title`}>
        <span class="swatch" style={{ '--run': `var(--${colourOf(lab.sources.value, setting)})` }} />
        {setting}
      </h3>
      <BenchForm bench={bench} id={id} />
      <BenchControls bench={bench} />
    </section>
  );
}

/** ← and → move by a checkpoint, with shift by ten. */
function moveByKey(
  event: KeyboardEvent,
  { sources }: Lab,
  view: View,
  onSelect: (step: number) => void,
): void {
  const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  const { target } = event;
  if (by === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
  if (target instanceof Element && target.closest('input, textarea, select, [role=spinbutton]')) return;
  const steps = checkpointSteps(shownSources(sources.peek(), view));
  const selected = selectedStep(sources.peek(), view);
  if (selected === null) return;
  event.preventDefault();
  event.stopPropagation();
  onSelect(stepBeside(steps, selected, by * (event.shiftKey ? 10 : 1)));
}

/** Opens the steps of a run that has some: either may be trained first, or have been started over. */
function focusOnCheckpoints({ sources }: Lab, view: View): void {
  const shown = shownSources(sources.value, view);
  const withSteps = shown.filter(({ steps }) => steps.value.length > 0);
  const isSound = withSteps.some(({ setting }) => setting === view.focus.value);
  if (!isSound) view.focus.value = withSteps[0]?.setting ?? null;
}

/** Asks before a page that trains is closed, and tells in the title of a hidden tab how far it is. */
function guardTraining({ benches }: Lab): () => void {
  const title = document.title;
  const trains = () => benches.filter(({ run }) => run.peek().phase.peek() === 'training');
  const ask = (event: BeforeUnloadEvent) => {
    if (trains().length > 0) event.preventDefault();
  };
  const tell = () => {
    const running = trains();
    if (!document.hidden || running.length === 0) {
      document.title = title;
      return;
    }
    const share = running.reduce((sum, { run }) => {
      const { step, config } = run.peek();
      return sum + step.peek() / config.num_epoch / running.length;
    }, 0);
    document.title = `${Math.floor(100 * share)} % trained · ${title}`;
  };
  const timer = setInterval(tell, 1000);
  addEventListener('beforeunload', ask);
  document.addEventListener('visibilitychange', tell);
  return () => {
    clearInterval(timer);
    removeEventListener('beforeunload', ask);
    document.removeEventListener('visibilitychange', tell);
    document.title = title;
    for (const { run } of benches) run.peek().end();
  };
}
