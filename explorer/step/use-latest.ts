import { useEffect, useRef, useState } from 'preact/hooks';

/** What is shown of something that is computed elsewhere. */
export interface Latest<Value> {
  /** The last one that arrived, which stays until the next does: nothing on the page jumps. */
  readonly value: Value | undefined;
  /** Why the newest could not be had. */
  readonly error: string | undefined;
  /** Whether a newer one is on its way. */
  readonly busy: boolean;
}

/**
 * Computes a value for the newest inputs. One computation runs at a time; inputs that change while it runs wait for
 * its end, and only the newest of them are computed: a slider that is dragged shows every value that there is time for.
 * @param inputs compared one by one
 * @param isSeen whether somebody looks; until then nothing but the first is begun, and then only what has changed
 * @param compute may call `show` with parts of its value before it ends
 */
export function useLatest<Value>(
  inputs: readonly unknown[],
  isSeen: boolean,
  compute: (show: (value: Value) => void, isStale: () => boolean) => Promise<Value>,
): Latest<Value> {
  const [latest, setLatest] = useState<Latest<Value>>({ value: undefined, error: undefined, busy: true });
  const wanted = useRef(compute);
  const version = useRef(0);
  const begun = useRef(0);
  const running = useRef(false);
  const gone = useRef(false);
  const seen = useRef(isSeen);
  wanted.current = compute;
  seen.current = isSeen;
  useEffect(() => {
    version.current++;
  }, inputs);
  useEffect(() => {
    // The first is begun ahead, for a reader who comes near.
    const isWanted = () => seen.current || begun.current === 0;
    const isDue = () => isWanted() && !gone.current && begun.current !== version.current;
    if (running.current || !isDue()) return;
    const run = async () => {
      running.current = true;
      while (isDue()) {
        const own = version.current;
        begun.current = own;
        const isStale = () => own !== version.current;
        setLatest((before) => (before.busy ? before : { ...before, busy: true }));
        const show = (value: Value) => {
          if (!isStale()) setLatest({ value, error: undefined, busy: true });
        };
        try {
          const value = await wanted.current(show, isStale);
          // A stale value is still newer than the one shown.
          setLatest({ value, error: undefined, busy: isStale() });
        } catch (error) {
          setLatest(({ value }) => ({ value, error: (error as Error).message, busy: isStale() }));
        }
      }
      running.current = false;
    };
    void run();
  }, [...inputs, isSeen]);
  useEffect(
    () => () => {
      gone.current = true;
      version.current++;
    },
    [],
  );
  return latest;
}
