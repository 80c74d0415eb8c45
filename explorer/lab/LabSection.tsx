import { Section } from '../parts/Section.js';

/** Training in the page. */
export function LabSection() {
  return (
    <Section id="lab" title="Try it: train two models side by side">
      <p class="quiet">Nothing to show yet.</p>
    </Section>
  );
}
