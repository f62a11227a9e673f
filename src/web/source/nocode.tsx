/** What source and assembly need that a dropped file does not bring: said in one sentence. */
import type { JSX } from 'preact';

const NEEDS = {
  source: 'Source text is not in a profile, and a page may not read files of this machine.',
  assembly: 'Machine code is in the binary, not in a profile, and a page may not read files.',
} as const;

export function NoCode({ what }: { readonly what: keyof typeof NEEDS }): JSX.Element {
  return (
    <div class="empty">
      <p>{NEEDS[what]}</p>
      <p class="dim">
        <code>whygo pprof -http=: [binary] profile</code> opens this page with both.
      </p>
    </div>
  );
}
