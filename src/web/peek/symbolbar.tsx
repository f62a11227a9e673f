/**
 * The line above peek, source and assembly: which functions are shown, as an RE2 pattern, and how
 * many of those that match.
 */
import type { ComponentChildren, JSX } from 'preact';
import { compilePattern } from '../flame/search.ts';
import type { PanelState } from '../profile/state.ts';

interface SymbolBarProps {
  readonly state: PanelState;
  /** `12 of 340 functions`. */
  readonly readout: string;
  readonly children?: ComponentChildren;
}

export function SymbolBar({ state, readout, children }: SymbolBarProps): JSX.Element {
  const { symbol } = state.view.value;
  const pattern = compilePattern(symbol, 'exact');
  const show = (text: string) => {
    if (text !== state.view.peek().symbol) state.change({ symbol: text }, 'push');
  };
  return (
    <div class="symbolbar">
      <label>
        <span class="dim">Functions</span>
        <input
          type="search"
          class="code"
          spellcheck={false}
          autocomplete="off"
          placeholder="all, the heaviest first; or an RE2 pattern such as json\."
          value={symbol}
          aria-invalid={pattern.kind === 'invalid'}
          title={pattern.kind === 'invalid' ? pattern.reason : 'RE2 pattern of function names'}
          onChange={(event) => show(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === 'Enter') show(event.currentTarget.value);
          }}
        />
      </label>
      <output class="dim num">{readout}</output>
      <span class="spread" />
      {children}
    </div>
  );
}

/** `12 of 340 functions`, `1 function`. */
export function countText(shown: number, matched: number): string {
  const noun = matched === 1 ? 'function' : 'functions';
  const number = matched.toLocaleString('en');
  return shown < matched ? `${shown} of ${number} ${noun}` : `${number} ${noun}`;
}
