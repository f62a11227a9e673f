/**
 * Key bindings as text (`Mod+K`, `Shift+W`, `[`, `Escape`), matched against keyboard events.
 *
 * Letters and digits are matched by position (event.code), so that w/a/s/d keep their shape on every
 * layout; signs (`?`, `/`, `[`) by what they type, because their position differs from layout to
 * layout and nobody looks for a `?` where another keyboard has it. `Mod` is ⌘ on a Mac, else Ctrl.
 */

/** What a binding reads of a KeyboardEvent. */
export interface KeyPress {
  readonly code: string;
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
  readonly shiftKey: boolean;
}

const SIGNS: Readonly<Record<string, string>> = {
  ArrowLeft: '←',
  ArrowRight: '→',
  ArrowUp: '↑',
  ArrowDown: '↓',
  Escape: 'Esc',
  Enter: '↵',
};

function matchesKey(name: string, press: KeyPress): boolean {
  if (/^[A-Z]$/i.test(name)) return press.code === `Key${name.toUpperCase()}`;
  if (/^\d$/.test(name)) return press.code === `Digit${name}` || press.code === `Numpad${name}`;
  return press.key === name;
}

/** True when the press is this binding and nothing more. */
export function matches(binding: string, press: KeyPress, mac: boolean): boolean {
  const parts = binding.split('+');
  const name = parts.pop() ?? '';
  const wants = new Set(parts);
  const control = wants.has('Ctrl') || (wants.has('Mod') && !mac);
  const meta = wants.has('Mod') && mac;
  if (press.ctrlKey !== control || press.metaKey !== meta) return false;
  if (press.altKey !== wants.has('Alt')) return false;
  // A sign may need Shift (or not) by layout; letters, digits and named keys say so themselves.
  const sign = name.length === 1 && !/[a-z\d]/i.test(name);
  if (!sign && press.shiftKey !== wants.has('Shift')) return false;
  return matchesKey(name, press);
}

/** A binding as its key caps, e.g. ['⌘', 'K'] or ['Ctrl', 'K']. */
export function keyCaps(binding: string, mac: boolean): readonly string[] {
  return binding.split('+').map((part) => {
    if (part === 'Mod') return mac ? '⌘' : 'Ctrl';
    if (part === 'Shift') return mac ? '⇧' : 'Shift';
    return SIGNS[part] ?? (part.length === 1 ? part.toUpperCase() : part);
  });
}
