import type { Signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import { keyList } from '../state/keys.js';

/** The list of keys, in a dialog. */
export function KeyHelp({ open }: { open: Signal<boolean> }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    const element = dialog.current!;
    if (open.value && !element.open) element.showModal();
    if (!open.value && element.open) element.close();
  }, [open.value]);
  const close = () => {
    open.value = false;
  };
  return (
    <dialog ref={dialog} class="help" aria-labelledby="help-title" onClose={close}>
      <h2 id="help-title">Keys</h2>
      <dl>
        {keyList.map(([keys, what]) => (
          <div key={keys}>
            <dt>
              <kbd>{keys}</kbd>
            </dt>
            <dd>{what}</dd>
          </div>
        ))}
      </dl>
      <p class="quiet">
        On charts: point for values, click to select, drag to zoom, double click to show all. The wheel over a
        control that was clicked changes it.
      </p>
      <button type="button" class="plain" onClick={close}>
        Close
      </button>
    </dialog>
  );
}
