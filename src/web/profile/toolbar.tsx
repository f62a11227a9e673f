/**
 * The panel's one bar: which profile, how it is shown, what is filtered, what is searched.
 */
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { FilterMenu } from './filters.tsx';
import { LabelMenu } from './labelmenu.tsx';
import { percentText } from './numbers.ts';
import type { PanelState } from './state.ts';
import { GOROUTINE_VIEWS, type ProfileViewName, VIEW_KEYS, VIEW_TITLES } from './view.ts';
import './toolbar.css';

export function Toolbar({ state }: { readonly state: PanelState }): JSX.Element {
  const view = state.view.value;
  return (
    <div class="toolbar" role="toolbar" aria-label="Profile">
      <TypePicker state={state} />
      <div class="toolbar__group" role="tablist" aria-label="View">
        {state.views.value.filter(hasTab).map((name) => (
          <button
            key={name}
            type="button"
            role="tab"
            aria-selected={tabOf(view.view) === name}
            title={`${VIEW_TITLES[name]} (${VIEW_KEYS[name]})`}
            onClick={() => state.change({ view: name }, 'push')}
          >
            {VIEW_TITLES[name]}
          </button>
        ))}
      </div>
      <div class="toolbar__group">
        <button
          type="button"
          aria-pressed={view.invert}
          disabled={view.view !== 'flame'}
          title="Fold from the leaves: what runs on top, its callers below (I)"
          onClick={() => state.change({ invert: !view.invert, zoom: [], range: undefined }, 'push')}
        >
          Invert
        </button>
        <FilterMenu state={state} />
        <LabelMenu state={state} />
      </div>
      <Search state={state} />
    </div>
  );
}

/** The views of goroutines are parts of one tab. */
function tabOf(name: ProfileViewName): ProfileViewName {
  return GOROUTINE_VIEWS.includes(name) ? 'goroutines' : name;
}

function hasTab(name: ProfileViewName): boolean {
  return tabOf(name) === name;
}

/** Profile types as buttons, and the sample type where there is more than one. */
function TypePicker({ state }: { readonly state: PanelState }): JSX.Element {
  const current = state.type.value;
  const samples = current?.sampleTypes ?? [];
  const sample = state.loaded.value?.sampleType ?? state.view.value.sample;
  return (
    <div class="toolbar__group toolbar__types">
      {state.types.value.map(({ type, profiles }) => (
        <button
          key={type}
          type="button"
          aria-pressed={type === current?.type}
          title={`${profiles.toLocaleString('en')} ${profiles === 1 ? 'profile' : 'profiles'}`}
          onClick={() => state.showType(type)}
        >
          {type}
        </button>
      ))}
      {samples.length > 1 && (
        <select
          aria-label="Sample type"
          value={sample}
          onChange={(event) => state.change({ sample: event.currentTarget.value }, 'push')}
        >
          {samples.map(({ type }) => (
            <option key={type} value={type}>
              {type}
            </option>
          ))}
        </select>
      )}
    </div>
  );
}

function Search({ state }: { readonly state: PanelState }): JSX.Element {
  const input = useRef<HTMLInputElement>(null);
  const pattern = state.searchPattern.value;
  useEffect(() => {
    state.searchField.value = input.current ?? undefined;
    return () => {
      state.searchField.value = undefined;
    };
  }, [state]);
  return (
    <label class="search">
      <span class="unseen">Search frames</span>
      <input
        ref={input}
        type="search"
        placeholder="Search  /"
        spellcheck={false}
        autocomplete="off"
        value={state.view.value.search}
        aria-invalid={pattern.kind === 'invalid'}
        title={
          pattern.kind === 'invalid'
            ? pattern.reason
            : 'RE2 pattern of function or file; ignores case unless it has capitals'
        }
        onInput={(event) => state.change({ search: event.currentTarget.value }, 'replace')}
        onKeyDown={(event) => {
          if (event.key === 'Enter') {
            event.preventDefault();
            state.goToMatch(event.shiftKey);
          }
          if (event.key === 'Escape') {
            event.stopPropagation();
            if (state.view.peek().search !== '') state.change({ search: '' }, 'replace');
            else event.currentTarget.blur();
          }
        }}
      />
      <SearchReadout state={state} />
    </label>
  );
}

/** `14.2 %  3/17`, inside the field. */
function SearchReadout({ state }: { readonly state: PanelState }): JSX.Element | null {
  const matches = state.matches.value;
  if (state.searchPattern.value.kind === 'invalid') {
    return <output class="search__readout">not a pattern</output>;
  }
  if (matches === undefined) return null;
  if (matches.nodes.length === 0) return <output class="search__readout">no match</output>;
  const at = matches.nodes.indexOf(state.selected.value) + 1;
  return (
    <output class="search__readout num">
      {percentText(matches.total, state.grandTotal.value)}
      <span class="dim">
        {' '}
        {at > 0 ? `${at}/` : ''}
        {matches.nodes.length}
      </span>
    </output>
  );
}
