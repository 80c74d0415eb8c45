import type { ComponentChildren } from 'preact';

/** A part of the page with its heading and one or two sentences on what it is for. */
export function Section(props: {
  readonly id: string;
  readonly title: ComponentChildren;
  readonly lead?: ComponentChildren;
  readonly children?: ComponentChildren;
}) {
  const { id, title, lead, children } = props;
  return (
    <section class="section" id={id} aria-labelledby={`${id}-title`}>
      <h2 id={`${id}-title`}>{title}</h2>
      {lead === undefined ? null : <p class="lead">{lead}</p>}
      <div class="content">{children}</div>
    </section>
  );
}
