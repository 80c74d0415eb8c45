import type { ComponentChildren } from 'preact';

/** A box that scrolls, and can be reached by keyboard to do so. */
export function Scroller(props: {
  readonly name: string;
  readonly class: string;
  readonly children: ComponentChildren;
}) {
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: without it, keys could not scroll the box
    <section class={props.class} tabIndex={0} aria-label={props.name}>
      {props.children}
    </section>
  );
}
