import { type ReadonlySignal, type Signal, useSignal } from '@preact/signals';
import { DownloadMenu } from '../save/DownloadMenu.js';
import type { RunSource } from '../source/run-source.js';
import type { Looks } from '../state/looks.js';
import type { View } from '../state/view.js';
import { Controls } from '../timeline/Controls.js';
import { RunChips } from '../timeline/RunChips.js';
import { CopyLink } from './CopyLink.js';
import { ThemeButton } from './ThemeButton.js';

/** What stays in sight: the runs and the controls. */
export function TopBar(props: {
  readonly sources: ReadonlySignal<readonly RunSource[]>;
  readonly view: View;
  readonly looks: ReadonlySignal<Looks>;
  readonly help: Signal<boolean>;
  readonly tour: Signal<number | null>;
}) {
  const { sources, view, looks, help, tour } = props;
  /** On a narrow screen the bar is folded to one line. */
  const isOpen = useSignal(false);
  return (
    <header class={isOpen.value ? 'top-bar open' : 'top-bar'}>
      <div class="top-bar-inside">
        <a class="brand" href={looks.value.heads ? '#heads-title' : '#timeline-title'}>
          bridgescope
        </a>
        <button
          type="button"
          class="plain fold"
          aria-label="Runs and controls"
          aria-expanded={isOpen.value}
          onClick={() => {
            isOpen.value = !isOpen.value;
          }}
        >
          Controls
        </button>
        <RunChips sources={sources} view={view} />
        <span class="spring" />
        <div class="bar-right">
          <div class="tools">
            {looks.value.training && looks.value.runs ? (
              <button
                type="button"
                class="plain tour-button"
                onClick={() => {
                  tour.value = 0;
                }}
              >
                Tour
              </button>
            ) : null}
            <CopyLink />
            <DownloadMenu sources={sources} view={view} looks={looks} />
            <ThemeButton />
            <button
              type="button"
              class="plain"
              aria-label="keys"
              onClick={() => {
                help.value = true;
              }}
            >
              ?
            </button>
          </div>
        </div>
        {looks.value.training ? <Controls sources={sources} view={view} /> : null}
      </div>
    </header>
  );
}
