import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';

/** What a measure is, in a box below the word "definition": it covers what lies there, and nothing moves. */
export function Definition({ of, children }: { readonly of: string; readonly children: ComponentChildren }) {
  const details = useRef<HTMLDetailsElement>(null);
  const close = () => {
    details.current!.open = false;
  };
  return (
    <details
      ref={details}
      class="definition"
      onFocusOut={({ relatedTarget }) => {
        if (!details.current!.contains(relatedTarget as Node | null)) close();
      }}
      onKeyDown={(event) => {
        if (event.key !== 'Escape' || !details.current!.open) return;
        event.stopPropagation();
        close();
      }}
    >
      <summary aria-label={`definition of ${of}`}>definition</summary>
      <div class="definition-box" tabIndex={-1}>
        {children}
      </div>
    </details>
  );
}
