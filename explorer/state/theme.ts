import { effect, type Signal, signal } from '@preact/signals';

export type Theme = 'auto' | 'light' | 'dark';

const key = 'bridgescope.theme';

/** The reader's choice of colours; `auto` follows the system. */
export const theme: Signal<Theme> = signal(stored());

/** Whether the page is dark now: canvases redraw when it changes. */
export const dark: Signal<boolean> = signal(false);

/** Applies the theme to the page and keeps it for the next visit. */
export function applyTheme(): void {
  const system = matchMedia('(prefers-color-scheme: dark)');
  const apply = () => {
    dark.value = theme.value === 'dark' || (theme.value === 'auto' && system.matches);
    document.documentElement.dataset['theme'] = dark.value ? 'dark' : 'light';
  };
  system.addEventListener('change', apply);
  effect(() => {
    apply();
    store(theme.value);
  });
}

/** A page from a file, or in a private window, may have no storage. */
function stored(): Theme {
  try {
    const value = localStorage.getItem(key);
    return value === 'light' || value === 'dark' ? value : 'auto';
  } catch {
    return 'auto';
  }
}

function store(value: Theme): void {
  try {
    if (value === 'auto') localStorage.removeItem(key);
    else localStorage.setItem(key, value);
  } catch {
    // Then the choice lasts as long as the page.
  }
}
