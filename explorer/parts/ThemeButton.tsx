import { dark, theme } from '../state/theme.js';

/** Turns light into dark and back. */
export function ThemeButton() {
  return (
    <button
      type="button"
      class="plain"
      aria-label={dark.value ? 'light colours' : 'dark colours'}
      onClick={() => {
        theme.value = dark.value ? 'light' : 'dark';
      }}
    >
      {dark.value ? '☀' : '☾'}
    </button>
  );
}
