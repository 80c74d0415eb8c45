import './style/tokens.css';
import './style/page.css';
import './style/parts.css';
import './style/static.css';
import './style/timeline.css';
import { signal } from '@preact/signals';
import { render } from 'preact';
import { App } from './App.js';
import { openEmbedded } from './source/embedded-source.js';
import type { RunSource } from './source/run-source.js';
import { openServer } from './source/server-source.js';
import { bindHash, textEntry, viewEntries } from './state/hash.js';
import { applyTheme } from './state/theme.js';
import { createView } from './state/view.js';
import { groupedBy } from './timeline/run-groups.js';

const sources = signal<readonly RunSource[]>([]);
const view = createView();

applyTheme();
bindHash([...viewEntries(view), textEntry('by', groupedBy)]);
const server = __REPORT__ ? undefined : openServer(sources);
if (__REPORT__) openEmbedded(sources);
// From here on the page is alive, and the part that needs no script gives way to it.
document.documentElement.dataset['page'] = 'alive';
render(<App sources={sources} view={view} server={server} />, document.getElementById('app')!);
