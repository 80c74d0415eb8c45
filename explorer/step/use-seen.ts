import type { RefObject } from 'preact';
import { useEffect, useState } from 'preact/hooks';

/**
 * Whether an element is on the screen, or will be after a short way, and its tab in front. Before that is known it counts
 * as seen.
 */
export function useSeen(element: RefObject<Element | null>): boolean {
  const [isNear, setNear] = useState(true);
  const [isHidden, setHidden] = useState(document.hidden);
  useEffect(() => {
    const observer = new IntersectionObserver((entries) => setNear(entries.at(-1)!.isIntersecting), {
      rootMargin: '300px',
    });
    const listen = () => setHidden(document.hidden);
    observer.observe(element.current!);
    document.addEventListener('visibilitychange', listen);
    return () => {
      observer.disconnect();
      document.removeEventListener('visibilitychange', listen);
    };
  }, []);
  return isNear && !isHidden;
}
