/**
 * The sandwich: one function in the middle, its callers growing up, what it calls growing down.
 *
 * Both halves are flame graphs of their own with their own zoom; recursion counts a sample once.
 */
import { useComputed, useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { FlameGraph } from '../flame/flame-graph.tsx';
import { shortName } from '../flame/label.ts';
import { flameModel } from '../flame/model.ts';
import { pathOf } from '../flame/navigate.ts';
import { matchFrames } from '../flame/search.ts';
import { FULL, type Span } from '../flame/viewport.ts';
import { ORIGINS } from '../theme/colors.ts';
import type { FigureSubject } from './figures.ts';
import { percentText, valueText } from './numbers.ts';
import { rowsOf, sortedRows } from './rows.ts';
import type { PanelState } from './state.ts';
import { sandwichOf, type Values } from './transform.ts';
import { VirtualTable } from './virtual-rows.tsx';
import './sandwich.css';

export function SandwichTab({ state }: { readonly state: PanelState }): JSX.Element | null {
  const values = state.values.value;
  const name = useComputed(
    () => state.view.value.sandwich || state.nameOf(state.selected.value),
  ).value;
  if (values === undefined) return null;
  return (
    <div class="sandwich">
      <Functions state={state} values={values} current={name} />
      {name === '' ? (
        <p class="sandwich__empty dim">
          Choose a function: its callers come above it, what it calls below.
        </p>
      ) : (
        <Halves key={name} state={state} values={values} name={name} />
      )}
    </div>
  );
}

/** The list to choose from: by total, narrowed by the search. */
function Functions(props: {
  readonly state: PanelState;
  readonly values: Values;
  readonly current: string;
}): JSX.Element {
  const { state, values, current } = props;
  const { frames, unit } = values.tree;
  const lit = state.matches.value?.frames;
  const rows = useMemo(() => rowsOf(values), [values]);
  const order = useMemo(() => {
    const keep = (frame: number) => lit === undefined || lit[frame] === 1;
    return sortedRows(rows, frames, { key: 'cum', descending: true }, 1, keep);
  }, [rows, lit]);
  const nameAt = (index: number) => frames.name[rows.frame[order[index] ?? -1] ?? -1] ?? '';
  const at = order.findIndex((row) => frames.name[rows.frame[row] ?? -1] === current);
  const choose = (index: number) => state.change({ sandwich: nameAt(index) }, 'replace');
  return (
    <div class="sandwich__list">
      <VirtualTable
        name="Functions by total"
        className="functions functions--short"
        columns={3}
        rows={order.length}
        reveal={at}
        onKeyDown={(event) => {
          const move = { ArrowDown: 1, ArrowUp: -1 }[event.key];
          if (move === undefined) return;
          choose(Math.min(order.length - 1, Math.max(0, at + move)));
          event.preventDefault();
          event.stopPropagation();
        }}
        head={
          <tr>
            <th scope="col" class="num" colSpan={2}>
              total
            </th>
            <th scope="col">function</th>
          </tr>
        }
        row={(index) => {
          const cum = rows.cum[order[index] ?? 0] ?? 0;
          return (
            <tr
              key={order[index]}
              aria-rowindex={index + 2}
              aria-selected={index === at}
              onClick={() => choose(index)}
            >
              <td class="num">{valueText(cum, unit)}</td>
              <td class="num dim">{percentText(cum, state.grandTotal.value)}</td>
              <td class="code functions__name" title={nameAt(index)}>
                {shortName(nameAt(index))}
              </td>
            </tr>
          );
        }}
      />
    </div>
  );
}

interface HalvesProps {
  readonly state: PanelState;
  readonly values: Values;
  readonly name: string;
}

function Halves({ state, values, name }: HalvesProps): JSX.Element {
  const scale = state.baseScale.value;
  const { ownModules } = state.scope.value;
  const grand = state.grandTotal.value;
  const halves = useMemo(() => {
    const sandwich = sandwichOf(values, name);
    const subjectOf = ({ tree, base }: Values, inverted: boolean): FigureSubject => ({
      model: flameModel(tree, { base, baseScale: scale, ownModules, rootLabel: '' }),
      base,
      baseScale: scale,
      grandTotal: grand,
      inverted,
    });
    return {
      callers: subjectOf(sandwich.callers, true),
      callees: subjectOf(sandwich.callees, false),
    };
  }, [values, name, scale, ownModules, grand]);
  const { tree } = halves.callees.model;
  const total = tree.total[0] ?? 0;
  const self = tree.self[1] ?? 0;
  const origin = ORIGINS[halves.callees.model.origin[tree.frame[1] ?? -1] ?? -1] ?? 'own';
  return (
    <div class="sandwich__halves">
      <Half state={state} half={halves.callers} growth="up" name={`Callers of ${name}`} />
      <p class={`sandwich__middle sandwich__middle--${origin}`}>
        <span class="code" title={name}>
          {shortName(name)}
        </span>
        <span>
          total {valueText(total, tree.unit)} · {percentText(total, grand)}
        </span>
        <span>
          self {valueText(self, tree.unit)} · {percentText(self, grand)}
        </span>
        <span class="spread" />
        <span>↑ callers · what it calls ↓</span>
      </p>
      <Half state={state} half={halves.callees} growth="down" name={`What ${name} calls`} />
    </div>
  );
}

interface HalfProps {
  readonly state: PanelState;
  readonly half: FigureSubject;
  readonly growth: 'up' | 'down';
  readonly name: string;
}

function Half({ state, half, growth, name }: HalfProps): JSX.Element {
  const { model } = half;
  const span = useSignal<Span>(FULL);
  const selected = useSignal(-1);
  const pattern = state.searchPattern.value;
  const lit = useMemo(
    () => (pattern.kind === 'pattern' ? matchFrames(model.tree.frames, pattern) : undefined),
    [model, pattern],
  );
  const nameOf = (node: number) => model.tree.frames.name[model.tree.frame[node] ?? -1] ?? '';
  const fitNode = (node: number) => {
    const left = model.layout.left[node] ?? 0;
    const width = model.layout.width[node] ?? 0;
    span.value = node > 0 && width > 0 ? { left, right: left + width } : FULL;
  };
  return (
    <FlameGraph
      model={model}
      span={span.value}
      reveal={-1}
      lit={lit}
      selected={selected.value}
      marked={undefined}
      // The root and the function are the bar in the middle.
      options={{ growth, skipRows: 2 }}
      name={name}
      events={{
        hover: (node, at) => {
          const shown = node > 0 && at !== undefined;
          state.hover.value = shown ? { subject: half, node, ...at } : undefined;
        },
        select: (node) => {
          selected.value = node;
        },
        fit: fitNode,
        menu: (node, at) => {
          if (node <= 0) return;
          const path = pathOf(model.tree, node);
          const stack = growth === 'up' ? [...path].reverse() : path;
          state.menu.value = { name: nameOf(node), stack, fit: () => fitNode(node), ...at };
        },
        mark: () => {},
        zoomTo: (to) => {
          span.value = to;
        },
        spanRested: (to) => {
          span.value = to;
        },
        spanMoved: () => {},
      }}
    />
  );
}
