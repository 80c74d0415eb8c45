import type { ReadonlySignal, Signal } from '@preact/signals';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { RunSource } from '../source/run-source.js';
import { checkpointSteps, nearestStep } from '../state/selection.js';
import type { View } from '../state/view.js';
import { tourStops } from './stops.js';

/** The guided tour: a card that goes from stop to stop, and sets the view for each. */
export function Tour(props: {
  /** Which stop it is at; null when it is closed. */
  readonly at: Signal<number | null>;
  readonly sources: ReadonlySignal<readonly RunSource[]>;
  readonly view: View;
}) {
  const { at, sources, view } = props;
  const isOpen = at.value !== null;
  // Told once, from the start of the tour on: its own changes of the view must not change what it says.
  const stops = useMemo(() => (isOpen ? tourStops(sources.peek(), view) : []), [isOpen]);
  const stop = at.value === null ? undefined : stops[at.value];
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    if (stop === undefined) return;
    view.zoom.value = null;
    view.layout.value = 'overlaid';
    const all = sources.peek();
    view.hidden.value = new Set(
      all.map(({ setting }) => setting).filter((setting) => !stop.runs.includes(setting)),
    );
    if (stop.step !== undefined) view.step.value = nearestStep(checkpointSteps(all), stop.step);
    for (const panel of document.querySelectorAll('#timeline [data-panel]')) {
      const isMeant = panel.getAttribute('data-panel') === stop.panel;
      panel.classList.toggle('told', isMeant);
      if (isMeant) panel.scrollIntoView({ block: 'center', behavior: 'smooth' });
    }
    title.current?.focus({ preventScroll: true });
    return () => {
      for (const panel of document.querySelectorAll('.told')) panel.classList.remove('told');
    };
  }, [stop]);
  if (stop === undefined || at.value === null) return null;
  const isLast = at.value === stops.length - 1;
  const go = (to: number | null) => {
    at.value = to;
  };
  return (
    <aside class="tour" aria-label="guided tour" aria-live="polite">
      <p class="tour-count">
        {at.value + 1} of {stops.length}
      </p>
      <h2 ref={title} tabIndex={-1}>
        {stop.title}
      </h2>
      <p>{stop.text}</p>
      <div class="tour-buttons">
        <button type="button" class="plain" onClick={() => go(null)}>
          End
        </button>
        <span class="spring" />
        <button type="button" class="plain" disabled={at.value === 0} onClick={() => go(at.value! - 1)}>
          Back
        </button>
        <button type="button" class="strong" onClick={() => go(isLast ? null : at.value! + 1)}>
          {isLast ? 'Done' : 'Next'}
        </button>
      </div>
    </aside>
  );
}
