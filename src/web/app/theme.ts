/**
 * The theme: as the system has it, or light or dark by choice. Kept in this browser, not in the URL,
 * because a link is sent to people with other eyes.
 */
import { type ReadonlySignal, signal } from '@preact/signals';

export const THEMES = ['system', 'light', 'dark'] as const;
export type Theme = (typeof THEMES)[number];

const KEY = 'whygo.theme';
const current = signal<Theme>('system');

export const theme: ReadonlySignal<Theme> = current;

export function setTheme(next: Theme): void {
  current.value = next;
  if (next === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = next;
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // A browser that keeps nothing (private mode, blocked storage) still shows the theme now.
  }
}

/** system → light → dark → system. */
export function nextTheme(): void {
  setTheme(THEMES[(THEMES.indexOf(current.value) + 1) % THEMES.length] ?? 'system');
}

/** Takes the kept choice. */
export function restoreTheme(): void {
  let kept: string | null = null;
  try {
    kept = localStorage.getItem(KEY);
  } catch {
    return;
  }
  setTheme(THEMES.find((name) => name === kept) ?? 'system');
}
