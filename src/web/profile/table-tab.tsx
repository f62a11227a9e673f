/**
 * The table: self and cumulative value of every function, sortable, with the flame graph's search
 * and selection. The figures that the canvas shows, for reading and for those who cannot see it.
 */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import { packageOf } from '../../report/origin.ts';
import { shortName } from '../flame/label.ts';
import { ORIGINS } from '../theme/colors.ts';
import { changeClassName } from './figurelist.tsx';
import { deltaText, percentText, placeText, ratioText, valueText } from './numbers.ts';
import { type Rows, rowsOf, type Sorting, type SortKey, sortedRows } from './rows.ts';
import type { PanelState } from './state.ts';
import type { Values } from './transform.ts';
import { VirtualTable } from './virtual-rows.tsx';

interface Column {
  readonly key: SortKey;
  readonly title: string;
  readonly hint: string;
}

const SELF: Column = { key: 'self', title: 'self', hint: 'In the function itself (pprof: flat)' };
const TOTAL: Column = {
  key: 'cum',
  title: 'total',
  hint: 'In the function and in everything it calls (pprof: cum)',
};
const DELTA_SELF: Column = { key: 'deltaSelf', title: 'Δ self', hint: 'Change of the self value' };
const DELTA: Column = { key: 'delta', title: 'Δ total', hint: 'Change of the total' };

function Head(props: {
  readonly sorting: Sorting;
  readonly sort: (sorting: Sorting) => void;
  readonly diff: boolean;
}): JSX.Element {
  const { sorting, sort, diff } = props;
  const cell = ({ key, title, hint }: Column, span: number) => {
    const active = sorting.key === key;
    const order = sorting.descending ? 'descending' : 'ascending';
    const turn = () => sort({ key, descending: active ? !sorting.descending : key !== 'name' });
    return (
      <th
        key={key}
        scope="col"
        colSpan={span}
        class={key === 'name' ? '' : 'num'}
        aria-sort={active ? order : 'none'}
        title={hint}
      >
        <button type="button" onClick={turn}>
          {title}
          <span aria-hidden="true">{active ? (sorting.descending ? ' ↓' : ' ↑') : ''}</span>
        </button>
      </th>
    );
  };
  return (
    <tr>
      {cell(SELF, 2)}
      {diff && cell(DELTA_SELF, 1)}
      {cell(TOTAL, 2)}
      {diff && cell(DELTA, 2)}
      {cell({ key: 'name', title: 'function', hint: 'Name' }, 1)}
      <th scope="col">file</th>
    </tr>
  );
}

/** pprof has one parameter for the order: by self, which is usual, or by total. */
function keepSort(state: PanelState, { key }: Sorting): void {
  const { sort: _, ...options } = state.view.peek().options;
  state.change({ options: key === 'cum' ? { ...options, sort: key } : options }, 'replace');
}

/** The heaviest node of a frame: where a row's selection goes in the flame graph. */
function heaviestNode({ tree }: Values, frame: number): number {
  let best = -1;
  for (let node = 1; node < tree.length; node++) {
    if (tree.frame[node] !== frame) continue;
    if (best < 0 || (tree.total[node] ?? 0) > (tree.total[best] ?? 0)) best = node;
  }
  return best;
}

export function TableTab({ state }: { readonly state: PanelState }): JSX.Element | null {
  const values = state.values.value;
  const diff = values?.base !== undefined;
  const chosen = useSignal<Sorting | undefined>(undefined);
  // pprof's sort=cum; what a click chose comes first.
  const byTotal = state.view.value.options.sort === 'cum';
  const usual = diff ? 'delta' : byTotal ? 'cum' : 'self';
  const sorting = chosen.value ?? { key: usual, descending: true };
  const rows = useMemo(() => values && rowsOf(values), [values]);
  const lit = state.matches.value?.frames;
  const scale = state.baseScale.value;
  const order = useMemo(() => {
    if (values === undefined || rows === undefined) return new Uint32Array();
    const keep = (frame: number) => lit === undefined || lit[frame] === 1;
    return sortedRows(rows, values.tree.frames, sorting, scale, keep);
  }, [values, rows, sorting.key, sorting.descending, lit, scale]);
  if (values === undefined || rows === undefined) return null;
  const selected = values.tree.frame[state.selected.value] ?? -1;
  const at = selected < 0 ? -1 : order.findIndex((row) => rows.frame[row] === selected);
  const select = (index: number) => {
    const frame = rows.frame[order[index] ?? -1];
    if (frame !== undefined) state.select(heaviestNode(values, frame));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const move = { ArrowDown: 1, ArrowUp: -1, PageDown: 20, PageUp: -20 }[event.key];
    if (move !== undefined) {
      select(Math.min(order.length - 1, Math.max(0, at + move)));
      event.preventDefault();
      event.stopPropagation();
    } else if (event.key === 'Enter' && selected >= 0 && event.target === event.currentTarget) {
      state.openSandwich(values.tree.frames.name[selected] ?? '');
    }
  };
  return (
    <VirtualTable
      name={`Functions by ${sorting.key}`}
      className="functions"
      columns={diff ? 9 : 6}
      rows={order.length}
      reveal={at}
      onKeyDown={onKeyDown}
      head={
        <Head
          sorting={sorting}
          diff={diff}
          sort={(next) => {
            chosen.value = next;
            keepSort(state, next);
          }}
        />
      }
      row={(index) => (
        <Row
          key={order[index]}
          state={state}
          values={values}
          rows={rows}
          row={order[index] ?? 0}
          index={index}
          selected={index === at}
          select={() => select(index)}
        />
      )}
    />
  );
}

interface RowProps {
  readonly state: PanelState;
  readonly values: Values;
  readonly rows: Rows;
  readonly row: number;
  readonly index: number;
  readonly selected: boolean;
  readonly select: () => void;
}

function Row(props: RowProps): JSX.Element {
  const { state, values, rows, row, index, selected, select } = props;
  const { frames, unit } = values.tree;
  const frame = rows.frame[row] ?? 0;
  const name = frames.name[frame] ?? '';
  const grand = state.grandTotal.value;
  const origin = ORIGINS[state.model.value?.origin[frame] ?? 0] ?? 'own';
  const self = rows.self[row] ?? 0;
  const cum = rows.cum[row] ?? 0;
  const file = frames.file[frame] ?? '';
  const line = frames.line[frame] ?? 0;
  const openMenu = (event: MouseEvent) => {
    event.preventDefault();
    state.openMenu(heaviestNode(values, frame), { x: event.clientX, y: event.clientY });
  };
  return (
    <tr
      aria-rowindex={index + 2}
      aria-selected={selected}
      onClick={select}
      onDblClick={() => state.openSandwich(name)}
      onContextMenu={openMenu}
    >
      <Amount value={self} of={grand} unit={unit} />
      {rows.baseSelf && (
        <Change now={self} before={(rows.baseSelf[row] ?? 0) * state.baseScale.value} unit={unit} />
      )}
      <Amount value={cum} of={grand} unit={unit} />
      {rows.baseCum && (
        <Change
          now={cum}
          before={(rows.baseCum[row] ?? 0) * state.baseScale.value}
          unit={unit}
          ratio
        />
      )}
      <td class="code functions__name" title={name}>
        <i class={`swatch swatch--${origin}`} />
        {shortName(name)}
        <span class="dim functions__package"> {pathOfPackage(name)}</span>
      </td>
      <td class="code dim functions__file" title={line > 0 ? `${file}:${line}` : file}>
        {placeText(file, line)}
      </td>
    </tr>
  );
}

/** The import path, where it says more than the short name does. */
function pathOfPackage(name: string): string {
  const path = packageOf(name);
  return path.includes('/') ? path : '';
}

/** A value over a bar of its share, and the share in figures. */
function Amount(props: {
  readonly value: number;
  readonly of: number;
  readonly unit: string;
}): JSX.Element {
  const { value, of, unit } = props;
  const share = of > 0 ? Math.min(1, Math.abs(value) / of) : 0;
  return (
    <>
      <td class="num amount">
        {share > 0 && <i class="bar" style={{ width: `${share * 100}%` }} />}
        {valueText(value, unit)}
      </td>
      <td class="num dim">{value === 0 ? '' : percentText(value, of)}</td>
    </>
  );
}

function Change(props: {
  readonly now: number;
  readonly before: number;
  readonly unit: string;
  readonly ratio?: boolean;
}): JSX.Element {
  const { now, before, unit, ratio = false } = props;
  const delta = now - before;
  const className = `num ${changeClassName(Math.sign(delta))}`;
  return (
    <>
      <td class={className}>{deltaText(delta, unit)}</td>
      {ratio && <td class={className}>{ratioText(now, before)}</td>}
    </>
  );
}
