import type { Server } from '../source/server-source.js';

/** Says so when the server does not answer; what was read stays on the page. */
export function ServerGone({ server }: { server: Server }) {
  if (server.connection.value !== 'gone') return null;
  return (
    <div class="banner" role="alert">
      <span>
        The server does not answer. What was read stays here; is <code>bridgescope explore</code> still
        running? Asking again every two seconds.
      </span>
      <button type="button" class="plain" onClick={() => server.retry()}>
        Try now
      </button>
    </div>
  );
}
