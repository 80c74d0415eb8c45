import type { ReadonlySignal, Signal } from '@preact/signals';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { RunSource } from '../source/run-source.js';
import { checkpointSteps, nearestStep } from '../state/selection.js';
import type { View } from '../state/view.js';
import { dockBeside } from './dock.js';
import type { Stop, Story } from './stop.js';

interface TourProps {
  /** Which stop it is at; null when it is closed. */
  readonly at: Signal<number | null>;
  readonly sources: ReadonlySignal<readonly RunSource[]>;
  readonly view: View;
}

/** The guided tour: a card that goes from stop to stop, sets the view for each, and stands beside what it tells of. */
export function Tour(props: TourProps) {
  const { at, sources, view } = props;
  const isOpen = at.value !== null;
  // Told once, from the start of the tour on: its own changes of the view must not change what it says.
  const [stops, setStops] = useState<readonly Stop[]>([]);
  useEffect(() => {
    if (!isOpen) return;
    let isCurrent = true;
    import('./stops.js').then(
      ({ tourStops }) => isCurrent && setStops(tourStops(sources.peek(), view)),
      () => {
        at.value = null;
      },
    );
    const pinned = view.pin.peek();
    return () => {
      isCurrent = false;
      setStops([]);
      view.followed.value = null;
      view.pin.value = pinned;
    };
  }, [isOpen]);
  const stop = at.value === null ? undefined : stops[at.value];
  return stop === undefined ? null : <Card key={at.value} {...props} stop={stop} count={stops.length} />;
}

/** One stop. */
function Card({
  at,
  sources,
  view,
  stop,
  count,
}: TourProps & { readonly stop: Stop; readonly count: number }) {
  const place = at.value ?? 0;
  const card = useRef<HTMLElement>(null);
  const title = useRef<HTMLHeadingElement>(null);
  const story = useStory(stop);
  const { trace } = story ?? {};
  useEffect(() => {
    const all = sources.peek();
    view.zoom.value = null;
    view.layout.value = 'overlaid';
    view.hidden.value = new Set(
      all.map(({ setting }) => setting).filter((setting) => !stop.runs.includes(setting)),
    );
    if (stop.step !== undefined) view.step.value = nearestStep(checkpointSteps(all), stop.step);
    view.pin.value = stop.pin ?? null;
    if (stop.sequence !== undefined) {
      view.focus.value = stop.runs[0]!;
      view.sequence.value = stop.sequence;
      view.edit.value = null;
    }
    title.current?.focus({ preventScroll: true });
    return dockBeside(card.current!, stop.subject);
  }, [stop]);
  const [followed, setFollowed] = useState(0);
  useEffect(() => {
    view.followed.value = trace?.[followed]?.token ?? null;
  }, [trace, followed]);
  const isLast = place === count - 1;
  const go = (to: number | null) => {
    at.value = to;
  };
  const typeOwn = () => {
    go(null);
    document.querySelector<HTMLElement>('#step .typed textarea')?.focus();
  };
  return (
    <aside class="tour" ref={card} aria-label="guided tour" aria-live="polite">
      <p class="tour-count">
        {place + 1} of {count}
      </p>
      <h2 ref={title} tabIndex={-1}>
        {stop.title}
      </h2>
      <p>{story === undefined ? 'Opening the checkpoints …' : story.text}</p>
      {trace === undefined ? null : (
        <fieldset class="tour-trace" aria-label="follow the token">
          {trace.map(({ label }, which) => (
            <button
              key={label}
              type="button"
              class="plain"
              aria-pressed={which === followed}
              onClick={() => setFollowed(which)}
            >
              {which + 1} · {label}
            </button>
          ))}
        </fieldset>
      )}
      <div class="tour-buttons">
        <button type="button" class="plain" onClick={() => go(null)}>
          End
        </button>
        <span class="spring" />
        <button type="button" class="plain" disabled={place === 0} onClick={() => go(place - 1)}>
          Back
        </button>
        <button
          type="button"
          class="strong"
          onClick={() => (!isLast ? go(place + 1) : trace === undefined ? go(null) : typeOwn())}
        >
          {!isLast ? 'Next' : trace === undefined ? 'Done' : 'Type your own'}
        </button>
      </div>
    </aside>
  );
}

/** What a stop tells; undefined until it is known. */
function useStory({ story }: Stop): Story | undefined {
  const [told, setTold] = useState<Story>();
  useEffect(() => {
    let isCurrent = true;
    Promise.resolve(story).then((known) => isCurrent && setTold(known));
    return () => {
      isCurrent = false;
    };
  }, [story]);
  return story instanceof Promise ? told : story;
}
