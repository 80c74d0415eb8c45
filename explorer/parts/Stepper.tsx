import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { neighbour } from '../state/neighbour.js';

/** One of a few numbers: arrows beside it, arrow keys on it, or, once it has the focus, the wheel over it change it. */
export function Stepper(props: {
  readonly label: ComponentChildren;
  /** Spoken. */
  readonly name: string;
  readonly value: number;
  /** In increasing order. */
  readonly choices: readonly number[];
  readonly onChange: (value: number) => void;
}) {
  const { label, name, value, choices, onChange } = props;
  const box = useRef<HTMLDivElement>(null);
  const move = useRef((_by: number) => {});
  move.current = (by) => {
    const next = neighbour(choices, value, by);
    if (next !== undefined) onChange(next);
  };
  useEffect(() => {
    const element = box.current!;
    const wheel = (event: WheelEvent) => {
      // A reader who scrolls the page, and comes by, means the page.
      if (!element.contains(document.activeElement)) return;
      event.preventDefault();
      move.current(event.deltaY < 0 ? 1 : -1);
    };
    // Not passive: a wheel that changes the control must not scroll the page as well.
    element.addEventListener('wheel', wheel, { passive: false });
    return () => element.removeEventListener('wheel', wheel);
  }, []);
  const key = (event: KeyboardEvent) => {
    const by = { ArrowUp: 1, ArrowRight: 1, ArrowDown: -1, ArrowLeft: -1 }[event.key];
    if (by === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    move.current(by);
  };
  const hasOthers = choices.length > 1 || !choices.includes(value);
  return (
    <div class="stepper" ref={box}>
      <span class="stepper-label">{label}</span>
      <button
        type="button"
        tabIndex={-1}
        aria-label={`smaller ${name}`}
        disabled={neighbour(choices, value, -1) === undefined}
        onClick={() => move.current(-1)}
      >
        ◂
      </button>
      <span
        role="spinbutton"
        tabIndex={hasOthers ? 0 : -1}
        aria-label={name}
        aria-valuenow={value}
        aria-valuemin={choices[0] ?? value}
        aria-valuemax={choices.at(-1) ?? value}
        onKeyDown={key}
      >
        {String(value).replace('-', '−')}
      </span>
      <button
        type="button"
        tabIndex={-1}
        aria-label={`larger ${name}`}
        disabled={neighbour(choices, value, 1) === undefined}
        onClick={() => move.current(1)}
      >
        ▸
      </button>
    </div>
  );
}
