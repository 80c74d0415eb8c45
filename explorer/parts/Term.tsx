import type { ComponentChildren } from 'preact';
import { useId, useRef } from 'preact/hooks';
import { type GlossaryTerm, glossary } from './glossary.js';

/** A term of the paper, explained when it is pointed at, tapped, or reached by keyboard. */
export function Term({ of, children }: { of: GlossaryTerm; children?: ComponentChildren }) {
  const id = useId();
  const tip = useRef<HTMLSpanElement>(null);
  /** Keeps the text within the window, whatever stands at its edge. */
  const place = () => {
    const box = tip.current!;
    box.style.translate = '0';
    const { left, right } = box.getBoundingClientRect();
    const shift = Math.min(0, document.documentElement.clientWidth - 8 - right) || Math.max(0, 8 - left);
    box.style.translate = `${shift}px`;
  };
  return (
    <button type="button" class="term" aria-describedby={id} onPointerEnter={place} onFocus={place}>
      {children ?? of}
      <span class="tip" id={id} role="tooltip" ref={tip}>
        {glossary[of]}
      </span>
    </button>
  );
}

/** A term in brackets, which must not be torn from it at the end of a line. */
export function Aside({ of }: { of: GlossaryTerm }) {
  return (
    <span class="nowrap">
      (<Term of={of} />)
    </span>
  );
}
