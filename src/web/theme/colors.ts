/**
 * The tokens of tokens.css as values that a canvas can draw with.
 *
 * Not a second source of colours: every value is read from the computed style, so a theme change is
 * a re-read. Cost: one forced style resolution a token, only when the theme changes.
 */

/** Where a frame's code comes from. Order is the order of legends. */
export const ORIGINS = ['own', 'dependency', 'stdlib', 'runtime', 'gc', 'system'] as const;
export type Origin = (typeof ORIGINS)[number];

/** What people read for an origin. */
export const ORIGIN_TITLES: Readonly<Record<Origin, string>> = {
  own: 'own module',
  dependency: 'dependencies',
  stdlib: 'standard library',
  runtime: 'runtime',
  gc: 'GC',
  system: 'syscalls and cgo',
};

/** The resolved value of one token (a CSS colour), as the theme of `element` gives it. */
export function readToken(element: Element, token: `--${string}`): string {
  const probe = element.ownerDocument.createElement('span');
  probe.style.color = `var(${token})`;
  probe.hidden = true;
  element.append(probe);
  const value = getComputedStyle(probe).color;
  probe.remove();
  return value;
}

/** Calls `changed` when the theme changes, by the system or by `data-theme`. Returns the undo. */
export function onThemeChange(changed: () => void): () => void {
  const system = matchMedia('(prefers-color-scheme: dark)');
  const observer = new MutationObserver(changed);
  system.addEventListener('change', changed);
  observer.observe(document.documentElement, { attributeFilter: ['data-theme'] });
  return () => {
    system.removeEventListener('change', changed);
    observer.disconnect();
  };
}

/** True when the person asked for less motion. */
export function reducedMotion(): boolean {
  return matchMedia('(prefers-reduced-motion: reduce)').matches;
}
