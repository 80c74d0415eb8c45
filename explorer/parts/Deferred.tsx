import type { ComponentType } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';

/**
 * A part of the page whose code is loaded when a reader comes near it; until then a box of its usual height stands for
 * it, so that nothing jumps.
 */
export function Deferred<Props extends object>(props: {
  readonly load: () => Promise<ComponentType<Props>>;
  readonly props: Props;
  /** Id of the section, which the box has in its place. */
  readonly id?: string;
  /** False while more important parts are being loaded. */
  readonly mayLoad?: boolean;
  /** CSS height of the box. */
  readonly height: string;
}) {
  const { id, load, height, mayLoad = true } = props;
  const box = useRef<HTMLDivElement>(null);
  const [Part, setPart] = useState<ComponentType<Props>>();
  const [failure, setFailure] = useState<string>();
  useEffect(() => {
    if (!mayLoad) return;
    const observer = new IntersectionObserver(
      (entries) => {
        if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
        observer.disconnect();
        load().then(
          (part) => setPart(() => part),
          (error: Error) => setFailure(error.message),
        );
      },
      { rootMargin: '600px' },
    );
    observer.observe(box.current!);
    return () => observer.disconnect();
  }, [mayLoad]);
  if (Part !== undefined) return <Part {...props.props} />;
  return (
    <div ref={box} id={id} class="skeleton" style={{ minHeight: height }} aria-busy={failure === undefined}>
      {failure === undefined ? null : (
        <p role="alert">
          This part of the page could not be loaded ({failure}). Reload the page to try again.
        </p>
      )}
    </div>
  );
}
