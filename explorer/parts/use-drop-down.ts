import { useRef } from 'preact/hooks';

/**
 * What makes a `<details>` a box that drops down over the page: it closes when the focus leaves it, and at Escape.
 * @returns properties of the element, and what closes it
 */
export function useDropDown() {
  const details = useRef<HTMLDetailsElement>(null);
  const close = () => {
    details.current!.open = false;
  };
  const properties = {
    ref: details,
    onFocusOut: ({ relatedTarget }: FocusEvent) => {
      if (!details.current!.contains(relatedTarget as Node | null)) close();
    },
    onKeyDown: (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || !details.current!.open) return;
      event.stopPropagation();
      close();
    },
  };
  return { close, properties };
}
