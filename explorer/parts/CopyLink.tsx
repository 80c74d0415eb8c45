import { useEffect, useState } from 'preact/hooks';
import { addressNow } from '../state/hash.js';

/** Copies the address of what is seen. Where a page may not write to the clipboard, it stands in a field to be copied by hand. */
export function CopyLink() {
  const [state, setState] = useState<'ready' | 'copied' | 'refused'>('ready');
  useEffect(() => {
    if (state !== 'copied') return;
    const timer = setTimeout(() => setState('ready'), 2000);
    return () => clearTimeout(timer);
  }, [state]);
  return (
    <>
      <button
        type="button"
        class="plain copy-link"
        title="copy the address of what is seen now"
        onClick={async () => {
          try {
            await navigator.clipboard.writeText(addressNow());
            setState('copied');
          } catch {
            setState('refused');
          }
        }}
      >
        {state === 'copied' ? 'Copied' : 'Copy link'}
      </button>
      <span class="visually-hidden" aria-live="polite">
        {state === 'copied' ? 'the link is copied' : ''}
      </span>
      {state === 'refused' ? (
        <input
          class="link-field"
          readOnly
          aria-label="link to what is seen"
          value={addressNow()}
          ref={(field) => field?.select()}
          onBlur={() => setState('ready')}
        />
      ) : null}
    </>
  );
}
