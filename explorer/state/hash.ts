import { effect, type Signal } from '@preact/signals';
import type { View } from './view.js';

/** A signal in the address bar. */
export interface HashEntry {
  readonly name: string;
  /** What stands after `name=`; undefined to leave it out, as for a default. */
  readonly write: () => string | undefined;
  /** Takes what stood there, or undefined when the name is absent; anything may stand there, so it is checked. */
  readonly read: (text: string | undefined) => void;
}

/** An entry for a signal that holds one of a few words. */
export function wordEntry<Word extends string>(
  name: string,
  signal: Signal<Word>,
  words: readonly Word[],
): HashEntry {
  const initial = signal.peek();
  return {
    name,
    write: () => (signal.value === initial ? undefined : signal.value),
    read: (text) => {
      signal.value = words.find((word) => word === text) ?? initial;
    },
  };
}

/** An entry for a signal that holds a whole number; `initial` when there is none in the address. */
export function integerEntry<Initial extends number | null>(
  name: string,
  signal: Signal<number | Initial>,
): HashEntry {
  const initial = signal.peek();
  return {
    name,
    write: () => (signal.value === initial || signal.value === null ? undefined : String(signal.value)),
    read: (text) => {
      signal.value = text !== undefined && /^-?\d{1,10}$/.test(text) ? Number(text) : initial;
    },
  };
}

/** An entry for a signal that holds text of the reader. */
export function textEntry<Initial extends string | null>(
  name: string,
  signal: Signal<string | Initial>,
): HashEntry {
  const initial = signal.peek();
  return {
    name,
    write: () => (signal.value === initial || signal.value === null ? undefined : signal.value),
    read: (text) => {
      signal.value = text ?? initial;
    },
  };
}

/** The view's entries; sections with state of their own bind more. */
export function viewEntries(view: View): HashEntry[] {
  return [
    integerEntry('step', view.step),
    integerEntry('rank', view.rank),
    integerEntry('t', view.relPos),
    wordEntry('match', view.match, ['mean', 'largest']),
    wordEntry('axis', view.axis, ['log', 'linear']),
    wordEntry('layout', view.layout, ['overlaid', 'beside']),
    textEntry('pair', view.pair),
    textEntry('run', view.focus),
    textEntry('measure', view.extra),
    textEntry('seq', view.sequence),
    textEntry('pin', view.pin),
    textEntry('edit', view.edit),
    {
      name: 'zoom',
      write: () => view.zoom.value?.map((step) => Math.round(step)).join('-'),
      read: (text) => {
        const [, from, to] = /^(\d{1,10})-(\d{1,10})$/.exec(text ?? '') ?? [];
        view.zoom.value = Number(to) > Number(from) ? [Number(from), Number(to)] : null;
      },
    },
    {
      name: 'hide',
      write: () => [...view.hidden.value].map(encodeURIComponent).join(',') || undefined,
      read: (text) => {
        view.hidden.value = new Set(text ? text.split(',').map(decodePart) : []);
      },
    },
  ];
}

/** Milliseconds after which the address bar follows the page: browsers limit how often it may change, and a slider moves more often. */
const delay = 150;

/**
 * The hash that the page was last read from, or wrote. Another one in the address bar is a link that somebody entered
 * and whose `hashchange` event is still to come.
 */
let knownHash = '';

/** Entries of all parts of the page, by part. */
const bound = new Set<readonly HashEntry[]>();

/**
 * Keeps entries and the address bar equal: what it holds is read now and whenever it changes, and what changes in the
 * page is written to it a moment later, without a new entry in the history.
 * @returns a function that ends it
 */
export function bindHash(entries: readonly HashEntry[]): () => void {
  if (bound.size === 0) addEventListener('hashchange', readHash);
  bound.add(entries);
  if (location.hash === knownHash) readEntries(entries);
  else readHash();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = effect(() => {
    const texts = entries.map(({ name, write }) => [name, write()] as const);
    clearTimeout(timer);
    timer = setTimeout(() => writeHash(texts), delay);
  });
  return () => {
    bound.delete(entries);
    if (bound.size === 0) removeEventListener('hashchange', readHash);
    stop();
    clearTimeout(timer);
  };
}

/** The address of what is seen now: the bar follows the page a moment later only. */
export function addressNow(): string {
  const parts = new URLSearchParams(location.hash.slice(1));
  for (const entries of bound) for (const { name, write } of entries) put(parts, name, write());
  const hash = parts.toString();
  return `${location.href.split('#')[0]}${hash === '' ? '' : `#${hash}`}`;
}

function put(parts: URLSearchParams, name: string, text: string | undefined): void {
  parts.delete(name);
  if (text !== undefined) parts.set(name, text);
}

function readHash(): void {
  knownHash = location.hash;
  for (const entries of bound) readEntries(entries);
}

function readEntries(entries: readonly HashEntry[]): void {
  const parts = new URLSearchParams(location.hash.slice(1));
  for (const { name, read } of entries) read(parts.get(name) ?? undefined);
}

/**
 * Writes some entries to the address bar; those that other parts of the page have bound stay. A link that was entered and
 * not read yet stays too: it is about to replace what would be written here.
 */
function writeHash(texts: readonly (readonly [name: string, text: string | undefined])[]): void {
  if (location.hash !== knownHash) return;
  const parts = new URLSearchParams(location.hash.slice(1));
  for (const [name, text] of texts) put(parts, name, text);
  const hash = parts.toString();
  if (hash !== location.hash.slice(1)) {
    history.replaceState(null, '', hash === '' ? location.pathname + location.search : `#${hash}`);
    knownHash = location.hash;
  }
}

function decodePart(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
