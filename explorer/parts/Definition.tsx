import type { ComponentChildren } from 'preact';
import { useDropDown } from './use-drop-down.js';

/** What a measure is, in a box below the word "definition": it covers what lies there, and nothing moves. */
export function Definition({ of, children }: { readonly of: string; readonly children: ComponentChildren }) {
  const { properties } = useDropDown();
  return (
    <details {...properties} class="definition">
      <summary aria-label={`definition of ${of}`}>definition</summary>
      <div class="definition-box" tabIndex={-1}>
        {children}
      </div>
    </details>
  );
}
