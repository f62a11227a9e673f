/**
 * Filters: a menu with pprof's four patterns and collapsed recursion, and a chip for each that holds.
 */
import type { JSX } from 'preact';
import { useId, useRef } from 'preact/hooks';
import { compilePattern } from '../flame/search.ts';
import { optionChips, RefineFields } from './refine.tsx';
import type { PanelState } from './state.ts';
import './filters.css';

export const FILTERS = {
  focus: 'Keep only stacks with a match',
  ignore: 'Drop stacks with a match',
  hide: 'Leave matching frames out of their stacks',
  show: 'Leave all other frames out of their stacks',
} as const;
type FilterName = keyof typeof FILTERS;
export const FILTER_NAMES = ['focus', 'ignore', 'hide', 'show'] as const;

/** Places an open popover under its button, within the window. */
export function placeUnder(button: HTMLElement | null, popover: HTMLElement | null): void {
  if (button === null || popover === null) return;
  const box = button.getBoundingClientRect();
  popover.style.top = `${box.bottom + 2}px`;
  popover.style.left = `${Math.min(box.left, innerWidth - popover.offsetWidth - 8)}px`;
}

export function FilterMenu({ state }: { readonly state: PanelState }): JSX.Element {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const popover = useRef<HTMLDivElement>(null);
  const view = state.view.value;
  return (
    <>
      <button
        ref={button}
        type="button"
        popovertarget={id}
        title="Focus, ignore, hide and show frames by pattern"
      >
        Filter <span class="dim">▾</span>
      </button>
      <div
        ref={popover}
        id={id}
        popover="auto"
        class="popup filters"
        onToggle={(event) => {
          placeUnder(button.current, popover.current);
          if (event.newState === 'open') popover.current?.querySelector('input')?.focus();
        }}
      >
        {FILTER_NAMES.map((name) => (
          <PatternField key={name} state={state} name={name} />
        ))}
        {state.refines && <RefineFields state={state} />}
        <label class="filters__check">
          <input
            type="checkbox"
            checked={view.collapseRecursion}
            onChange={(event) =>
              state.change({ collapseRecursion: event.currentTarget.checked }, 'push')
            }
          />
          Collapse recursion <kbd>R</kbd>
        </label>
        <p class="dim">RE2 patterns of function or file names, as pprof takes them.</p>
      </div>
    </>
  );
}

function PatternField(props: {
  readonly state: PanelState;
  readonly name: FilterName;
}): JSX.Element {
  const { state, name } = props;
  const value = state.view.value[name];
  const pattern = compilePattern(value, 'exact');
  return (
    <label class="filters__field">
      <span>{name}</span>
      <input
        type="text"
        spellcheck={false}
        value={value}
        placeholder={FILTERS[name]}
        aria-invalid={pattern.kind === 'invalid'}
        title={pattern.kind === 'invalid' ? pattern.reason : FILTERS[name]}
        onChange={(event) => state.setFilter(name, event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') state.setFilter(name, event.currentTarget.value);
        }}
      />
      {pattern.kind === 'invalid' && <small class="filters__error">{pattern.reason}</small>}
    </label>
  );
}

interface ChipProps {
  readonly title: string;
  readonly text: string;
  readonly invalid?: boolean;
  readonly clear: () => void;
}

function Chip({ title, text, invalid = false, clear }: ChipProps): JSX.Element {
  return (
    <span class={invalid ? 'chip chip--invalid' : 'chip'}>
      <span class="dim">{title}</span> <span class="code">{text}</span>
      <button type="button" aria-label={`Remove ${title} ${text}`} onClick={clear}>
        ✕
      </button>
    </span>
  );
}

/** What narrows the picture, each with the way to take it back. */
export function Chips({ state }: { readonly state: PanelState }): JSX.Element {
  const view = state.view.value;
  const filters = state.filters.value;
  const labels = Object.entries(view.labels);
  const without = (key: string) => Object.fromEntries(labels.filter(([other]) => other !== key));
  return (
    <>
      {labels.map(([key, value]) => (
        <Chip
          key={`label.${key}`}
          title={key}
          text={value}
          clear={() => state.change({ labels: without(key) }, 'push')}
        />
      ))}
      {FILTER_NAMES.map((name) =>
        view[name] === '' ? null : (
          <Chip
            key={name}
            title={name}
            text={view[name]}
            invalid={filters[name].kind === 'invalid'}
            clear={() => state.setFilter(name, '')}
          />
        ),
      )}
      {optionChips(state).map(({ parameter, title, text, clear }) => (
        <Chip key={parameter} title={title} text={text} clear={clear} />
      ))}
      {(state.loaded.value?.warnings ?? []).map((warning) => (
        <span key={warning} class="about__warning" role="status">
          {warning}
        </span>
      ))}
      {state.group.value !== '' && (
        <Chip title="under" text={state.group.value} clear={() => state.groupBy('')} />
      )}
      {view.within !== undefined && (
        <Chip
          title="time"
          text={view.within.map((edge) => `${Number(edge.toFixed(3))} s`).join(' – ')}
          clear={() => state.change({ within: undefined }, 'push')}
        />
      )}
      {view.collapseRecursion && (
        <Chip
          title="recursion"
          text="collapsed"
          clear={() => state.change({ collapseRecursion: false }, 'push')}
        />
      )}
    </>
  );
}
