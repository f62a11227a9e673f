/**
 * Goroutines in groups: how many, in which state, since when, where, and who created them; over
 * several dumps also how the group fared. The selected group's stack stands beside the table.
 */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { type GroupBy, parseGroupBy, stateFamily } from '../../goroutines/cluster.ts';
import type { DumpRow, DumpView } from '../../goroutines/dump-view.ts';
import { waitText } from '../../goroutines/text.ts';
import { shortName } from '../flame/label.ts';
import { originOf } from '../flame/origin.ts';
import { placeText } from '../profile/numbers.ts';
import { sparkline } from '../profile/snapshots.ts';
import type { PanelState } from '../profile/state.ts';
import { VirtualTable } from '../profile/virtual-rows.tsx';
import { DumpStrip, FamilyDot, isView, useDumps, ViewParts } from './dumps.tsx';
import { GroupDetails } from './group-details.tsx';
import { matchesRow, ownFrame } from './model.ts';
import '../profile/snapshots.css';

const GROUPINGS: readonly GroupBy[] = ['stack', 'similar', 'state', 'wait', 'creator', 'label'];

const HINTS: Readonly<Record<string, string>> = {
  stack: 'Same stack, state, labels and creator',
  similar: 'Same functions in the same order, whatever the lines',
  state: 'What they wait for',
  wait: 'How long they have waited',
  creator: 'The go statement they come from',
  label: 'Their pprof labels',
};

export function GoroutinesTab({ state }: { readonly state: PanelState }): JSX.Element {
  const view = useDumps(state);
  return isView(view) ? <Goroutines state={state} view={view} /> : view;
}

interface ViewProps {
  readonly state: PanelState;
  readonly view: DumpView;
}

function Goroutines({ state, view }: ViewProps): JSX.Element {
  const selected = useSignal(0);
  const pattern = state.searchPattern.value;
  const rows = view.rows.filter((row) => matchesRow(row, pattern));
  const at = Math.min(selected.value, rows.length - 1);
  const row = rows[at];
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    selected.value = Math.max(0, Math.min(rows.length - 1, at + step));
  };
  return (
    <section class="goroutines" aria-label="Goroutines">
      <DumpStrip state={state} view={view} />
      <GroupBar state={state} view={view} rows={rows} />
      <div class="goroutines__body">
        <GroupTable
          state={state}
          view={view}
          rows={rows}
          at={at}
          select={(index) => {
            selected.value = index;
          }}
          onKeyDown={onKeyDown}
        />
        {row !== undefined && <GroupDetails state={state} view={view} row={row} />}
      </div>
    </section>
  );
}

function GroupBar({ state, view, rows }: ViewProps & { readonly rows: readonly DumpRow[] }) {
  const by = parseGroupBy(state.view.value.by) ?? 'stack';
  const total = view.totals[view.shown] ?? 0;
  const shown = rows.reduce((sum, { counts }) => sum + counts[view.shown], 0);
  const of = shown === total ? '' : ` of ${total.toLocaleString('en')}`;
  return (
    <div class="goroutines__bar">
      <ViewParts state={state} />
      <span class="dim">by</span>
      <fieldset class="segments">
        <legend class="unseen">Group by</legend>
        {GROUPINGS.map((name) => (
          <button
            key={name}
            type="button"
            aria-pressed={name === by}
            title={HINTS[name]}
            onClick={() => state.change({ by: name === 'stack' ? '' : name }, 'push')}
          >
            {name}
          </button>
        ))}
      </fieldset>
      <span class="dim">
        {shown.toLocaleString('en')}
        {of} goroutines in {rows.filter(({ counts }) => counts[view.shown] > 0).length} groups
      </span>
      <span class="spread" />
      {view.notUnderstood > 0 && (
        <span class="dim">
          {view.notUnderstood.toLocaleString('en')} lines not understood: whygo goroutines lists
          them
        </span>
      )}
    </div>
  );
}

interface TableProps extends ViewProps {
  readonly rows: readonly DumpRow[];
  readonly at: number;
  readonly select: (index: number) => void;
  readonly onKeyDown: (event: KeyboardEvent) => void;
}

function GroupTable({ state, view, rows, at, select, onKeyDown }: TableProps): JSX.Element {
  const several = view.times.length > 1;
  const most = rows.reduce((top, { counts }) => Math.max(top, counts[view.shown]), 1);
  const hasCreators = rows.some(({ cluster }) => cluster.groups[0].createdBy !== undefined);
  const hasLabels = rows.some(({ cluster }) => cluster.groups[0].labels.length > 0);
  return (
    <div class="goroutines__table">
      <VirtualTable
        name="Groups of goroutines"
        className="functions"
        columns={several ? 8 : 6}
        rows={rows.length}
        reveal={at}
        onKeyDown={onKeyDown}
        head={
          <tr>
            <th scope="col" class="num">
              goroutines
            </th>
            {several && (
              <th scope="col" class="num" title="From the first dump to the last">
                change
              </th>
            )}
            {several && <th scope="col">dumps</th>}
            <th scope="col">state</th>
            <th scope="col" class="num">
              wait
            </th>
            <th scope="col">where</th>
            {hasCreators && <th scope="col">created by</th>}
            {hasLabels && <th scope="col">labels</th>}
          </tr>
        }
        row={(index) => {
          const row = rows[index];
          if (row === undefined) return null;
          return (
            <GroupRow
              key={index}
              state={state}
              view={view}
              row={row}
              index={index}
              isSelected={index === at}
              most={most}
              hasCreators={hasCreators}
              hasLabels={hasLabels}
              select={select}
            />
          );
        }}
      />
    </div>
  );
}

interface RowProps extends ViewProps {
  readonly row: DumpRow;
  readonly index: number;
  readonly isSelected: boolean;
  readonly most: number;
  readonly hasCreators: boolean;
  readonly hasLabels: boolean;
  readonly select: (index: number) => void;
}

function GroupRow(props: RowProps): JSX.Element {
  const { state, view, row, index, isSelected, most, hasCreators, hasLabels, select } = props;
  const { cluster, counts } = row;
  const [first] = cluster.groups;
  const own = ownFrame(first.stack, state.scope.value.ownModules);
  const count = counts[view.shown];
  const labels = first.labels.map(([key, value]) => `${key}=${value}`).join(' ');
  const isOne = cluster.groups.every((group) => group.state === first.state);
  return (
    <tr
      aria-rowindex={index + 2}
      aria-selected={isSelected}
      class={count === 0 ? 'goroutines__gone' : ''}
      onClick={() => select(index)}
    >
      <td class="num amount">
        <i class="bar" style={{ width: `${(count / most) * 100}%` }} />
        <span>{count.toLocaleString('en')}</span>
      </td>
      {view.times.length > 1 && <Change counts={counts} />}
      <td class="goroutines__state" title={first.state}>
        <FamilyDot family={isOne ? stateFamily(first.state) : 'other'} />
        {isOne ? stateText(first.state, first.leaked) : 'several'}
      </td>
      <td class="num">{waitText(cluster.waitMinutes)}</td>
      <td class="code functions__name" title={own?.function}>
        {own !== undefined && (
          <>
            <i
              class={`swatch swatch--${originOf(own.function, own.file, state.scope.value.ownModules)}`}
            />
            <Where row={row} state={state} name={own.function} />{' '}
            <span class="dim">{placeText(own.file, own.line)}</span>
          </>
        )}
      </td>
      {hasCreators && (
        <td class="code goroutines__creator" title={first.createdBy?.function}>
          {first.createdBy === undefined ? '' : shortName(first.createdBy.function)}
        </td>
      )}
      {hasLabels && (
        <td class="code goroutines__labels" title={labels}>
          {labels}
        </td>
      )}
    </tr>
  );
}

/** What the group is known by: its function, or what was grouped by. */
function Where(props: {
  readonly row: DumpRow;
  readonly state: PanelState;
  readonly name: string;
}) {
  const { row, state, name } = props;
  const others = row.cluster.groups.length - 1;
  const isStack = ['', 'stack', 'similar'].includes(state.view.value.by);
  return (
    <>
      {!isStack && <b>{row.title === '' ? 'not told' : row.title} </b>}
      {shortName(name)}
      {others > 0 && <span class="dim"> and {others} more</span>}
    </>
  );
}

function Change({ counts }: { readonly counts: readonly number[] }): JSX.Element {
  const change = (counts.at(-1) ?? 0) - (counts[0] ?? 0);
  const kind = change > 0 ? 'more' : change < 0 ? 'less' : 'dim';
  const steps = counts.map((_, i) => i);
  return (
    <>
      <td class={`num ${kind}`}>
        {change === 0 ? '0' : `${change > 0 ? '+' : '−'}${Math.abs(change)}`}
      </td>
      <td>
        <svg class="spark" viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true">
          <polyline points={sparkline(steps, Float64Array.from(counts))} />
        </svg>
      </td>
    </>
  );
}

function stateText(state: string, leaked: boolean): string {
  const text = state === '' ? 'not told' : state;
  return leaked ? `${text} (leaked)` : text;
}
