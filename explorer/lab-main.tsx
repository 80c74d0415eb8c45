import './style/tokens.css';
import './style/page.css';
import './style/parts.css';
import './style/timeline.css';
import { render } from 'preact';
import { LabSection } from './lab/LabSection.js';
import { Deferred } from './parts/Deferred.js';
import { ThemeButton } from './parts/ThemeButton.js';
import { applyTheme } from './state/theme.js';

/** The lab alone: for those who have no run yet, and for servers that only serve files. */
function LabPage() {
  return (
    <>
      <header class="top-bar">
        <div class="top-bar-inside">
          <span class="brand">bridgescope lab</span>
          <span class="spring" />
          <div class="tools">
            <ThemeButton />
          </div>
        </div>
      </header>
      <main class="page lab-page">
        <div class="headline">
          <h1>How do layers learn to work together?</h1>
          <p class="lead">
            Train two small Transformers to copy patterns that repeat. One finds the rule and copies patterns
            it has never seen; the other may only learn its patterns by heart. Watch what happens between
            their layers when the rule is found.
          </p>
        </div>
        <LabSection />
        <Deferred
          id="open-model"
          load={async () => (await import('./open/OpenModel.js')).OpenModel}
          props={{}}
          height="300px"
        />
      </main>
    </>
  );
}

applyTheme();
render(<LabPage />, document.getElementById('app')!);
