/** A key binding as key caps. */
import type { JSX } from 'preact';
import { keyCaps } from './keys.ts';
import { usePage } from './page.ts';

export function KeyCaps({ binding }: { readonly binding: string }): JSX.Element {
  const { mac } = usePage();
  return (
    <span class="keycaps">
      {keyCaps(binding, mac).map((cap) => (
        <kbd key={cap}>{cap}</kbd>
      ))}
    </span>
  );
}
