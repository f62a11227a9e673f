/**
 * pprof's further options, for sources that apply them to whole samples: in the filter menu, and as
 * chips that take them back. Names and meaning are pprof's; the values are parameters of its addresses.
 */
import type { JSX } from 'preact';
import type { PageParameter } from '../../report/pprof/pagesettings.ts';
import { compilePattern } from '../flame/search.ts';
import type { PanelState } from './state.ts';
import './refine.css';

interface TextOption {
  readonly parameter: PageParameter;
  readonly name: string;
  readonly hint: string;
  /** Whether it is one RE2 pattern; label filters may be ranges and lists too. */
  readonly isPattern?: true;
}

const FRAMES: readonly TextOption[] = [
  {
    parameter: 'sf',
    name: 'show from',
    hint: 'Drop the callers of the outermost match',
    isPattern: true,
  },
  {
    parameter: 'prunefrom',
    name: 'prune from',
    hint: 'Drop what matching frames call',
    isPattern: true,
  },
];

const LABELS: readonly TextOption[] = [
  { parameter: 'tf', name: 'tag focus', hint: 'Keep samples: key=pattern, pattern, or 1kb:2mb' },
  { parameter: 'ti', name: 'tag ignore', hint: 'Drop samples: key=pattern, pattern, or 1kb:2mb' },
  { parameter: 'ts', name: 'tag show', hint: 'Keep only these label keys', isPattern: true },
  { parameter: 'th', name: 'tag hide', hint: 'Leave these label keys out', isPattern: true },
  { parameter: 'tagroot', name: 'tag root', hint: 'Keys, by comma: values as outermost frames' },
  { parameter: 'tagleaf', name: 'tag leaf', hint: 'Keys, by comma: values as innermost frames' },
];

const SWITCHES: readonly (readonly [parameter: PageParameter, name: string, hint: string])[] = [
  ['noinlines', 'No inlines', 'Count inlined functions to the function around them'],
  ['rel', 'Relative shares', 'Shares of what the filters leave, not of everything'],
  ['calltree', 'Call tree', 'In the graph: a node for each path, as a tree'],
];

const GRANULARITIES = ['functions', 'filefunctions', 'files', 'lines', 'addresses'] as const;

function setOption(state: PanelState, parameter: PageParameter, value: string): void {
  const { options } = state.view.peek();
  if ((options[parameter] ?? '') === value) return;
  const { [parameter]: _, ...others } = options;
  const next = value === '' ? others : { ...others, [parameter]: value };
  state.change({ options: next, zoom: [], range: undefined }, 'push');
}

/** The options beside the four patterns. */
export function RefineFields({ state }: { readonly state: PanelState }): JSX.Element {
  const { options } = state.view.value;
  return (
    <div class="refine">
      {FRAMES.map((option) => (
        <OptionField key={option.parameter} state={state} option={option} />
      ))}
      <h4>Labels</h4>
      {LABELS.map((option) => (
        <OptionField key={option.parameter} state={state} option={option} />
      ))}
      <h4>Frames</h4>
      <label class="refine__field">
        <span>granularity</span>
        <select
          value={options.g ?? 'functions'}
          onChange={({ currentTarget }) => {
            const chosen = currentTarget.value;
            setOption(state, 'g', chosen === 'functions' ? '' : chosen);
          }}
        >
          {GRANULARITIES.map((name) => (
            <option key={name} value={name}>
              {name}
            </option>
          ))}
        </select>
      </label>
      <label class="refine__field" title="Most nodes of the graph; 80 unless set">
        <span>nodes</span>
        <input
          type="text"
          inputMode="numeric"
          pattern="[0-9]*"
          placeholder="80 in the graph"
          value={options.n ?? ''}
          onChange={({ currentTarget }) => setOption(state, 'n', currentTarget.value)}
        />
      </label>
      <div class="refine__switches">
        {SWITCHES.map(([parameter, name, hint]) => (
          <label key={parameter} title={hint}>
            <input
              type="checkbox"
              checked={isOn(options[parameter])}
              onChange={({ currentTarget }) =>
                setOption(state, parameter, currentTarget.checked ? 't' : '')
              }
            />
            {name}
          </label>
        ))}
      </div>
    </div>
  );
}

/** As pprof reads a switch. */
function isOn(text: string | undefined): boolean {
  return /^(t|true|y|yes|1)$/i.test(text ?? '');
}

function OptionField(props: {
  readonly state: PanelState;
  readonly option: TextOption;
}): JSX.Element {
  const { state, option } = props;
  const { parameter, name, hint, isPattern } = option;
  const value = state.view.value.options[parameter] ?? '';
  const pattern = compilePattern(isPattern ? value : '', 'exact');
  const set = (text: string) => setOption(state, parameter, text);
  return (
    <label class="refine__field">
      <span>{name}</span>
      <input
        type="text"
        spellcheck={false}
        value={value}
        placeholder={hint}
        aria-invalid={pattern.kind === 'invalid'}
        title={pattern.kind === 'invalid' ? pattern.reason : hint}
        onChange={({ currentTarget }) => set(currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === 'Enter') set(event.currentTarget.value);
        }}
      />
    </label>
  );
}

export interface OptionChip {
  readonly parameter: PageParameter;
  readonly title: string;
  readonly text: string;
  readonly clear: () => void;
}

/** What is set, in the order of the menu. `tagroot` is not among them: it has a chip as a grouping. */
export function optionChips(state: PanelState): readonly OptionChip[] {
  const { options } = state.view.value;
  const chip = (parameter: PageParameter, title: string): readonly OptionChip[] => {
    const value = options[parameter] ?? '';
    if (value === '') return [];
    const isSwitch = SWITCHES.some(([name]) => name === parameter);
    const text = isSwitch ? 'on' : value;
    return [{ parameter, title, text, clear: () => setOption(state, parameter, '') }];
  };
  return [
    ...[...FRAMES, ...LABELS]
      .filter(({ parameter }) => parameter !== 'tagroot')
      .flatMap(({ parameter, name }) => chip(parameter, name)),
    ...chip('g', 'granularity'),
    ...chip('n', 'nodes'),
    ...SWITCHES.flatMap(([parameter, name]) => chip(parameter, name.toLowerCase())),
  ];
}
