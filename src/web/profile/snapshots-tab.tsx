/**
 * Snapshots side by side: functions down, captures across; what grows is on top. A click on a value
 * opens the flame graph of that capture with the function lit.
 */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useMemo } from 'preact/hooks';
import { lastOf } from '../app/loaded.ts';
import { shortName } from '../flame/label.ts';
import { originOf } from '../flame/origin.ts';
import { formatClock, formatDay } from '../service/figures.ts';
import { changeClassName } from './figurelist.tsx';
import { deltaText, valueText } from './numbers.ts';
import {
  type Measure,
  type Moment,
  pickMoments,
  type SnapshotRow,
  snapshotRows,
  sparkline,
} from './snapshots.ts';
import { exactly, type PanelState } from './state.ts';
import { filterTree } from './transform.ts';
import { VirtualTable } from './virtual-rows.tsx';
import './snapshots.css';

const COUNTS = [3, 6, 12];
const DEFAULT_COUNT = 6;

/** Asks for the captures, then for the trees of the chosen moments. */
function useSnapshots(state: PanelState): void {
  const query = state.query.value;
  const { source } = state.scope.value;
  const queryKey = JSON.stringify(query);
  useEffect(() => {
    if (query === undefined) return;
    void state.capturesQuestion.ask((signal) => source.captures(query, signal), true);
  }, [state, source, queryKey]);
  const captures = lastOf(state.capturesQuestion.answer.value);
  const chosen = state.view.value.snapshots;
  const moments =
    chosen.length > 0 || captures === undefined ? chosen : pickMoments(captures, DEFAULT_COUNT);
  const momentsKey = moments.join();
  useEffect(() => {
    if (query === undefined || moments.length === 0) return;
    void state.snapshotQuestion.ask((signal) => source.snapshots(query, moments, signal));
  }, [state, source, queryKey, momentsKey]);
}

export function SnapshotsTab({ state }: { readonly state: PanelState }): JSX.Element {
  useSnapshots(state);
  const measure = useSignal<Measure>('self');
  const captures = lastOf(state.capturesQuestion.answer.value);
  const trees = lastOf(state.snapshotQuestion.answer.value);
  const filters = state.filters.value;
  const moments = useMemo<readonly Moment[]>(
    () =>
      (trees ?? []).map(({ tree, coverage }) => ({
        at: coverage.from,
        values: filterTree({ tree, base: undefined }, filters),
      })),
    [trees, filters],
  );
  const pattern = state.searchPattern.value;
  const rows = useMemo(() => {
    const all = snapshotRows(moments, measure.value);
    return pattern.kind === 'pattern' ? all.filter(({ name }) => pattern.test(name)) : all;
  }, [moments, measure.value, pattern]);
  const failure = state.snapshotQuestion.answer.value;
  if (failure.state === 'failed') return <p class="empty">{failure.error.message}</p>;
  if (captures?.length === 0) {
    return <p class="empty">No captures in this range: select a longer one.</p>;
  }
  return (
    <>
      <div class="snapshots__bar">
        <fieldset class="segments">
          <legend class="unseen">Snapshots</legend>
          {COUNTS.map((count) => (
            <button
              key={count}
              type="button"
              aria-pressed={moments.length === count}
              disabled={captures === undefined || captures.length < count}
              onClick={() =>
                state.change({ snapshots: pickMoments(captures ?? [], count) }, 'push')
              }
            >
              {count}
            </button>
          ))}
        </fieldset>
        <span class="dim">
          {captures !== undefined && choiceText(moments.length, captures.length)}
        </span>
        <span class="spread" />
        <fieldset class="segments">
          <legend class="unseen">Value</legend>
          {(['self', 'cum'] as const).map((name) => (
            <button
              key={name}
              type="button"
              aria-pressed={measure.value === name}
              onClick={() => {
                measure.value = name;
              }}
            >
              {name === 'self' ? 'self' : 'total'}
            </button>
          ))}
        </fieldset>
      </div>
      <Grid state={state} moments={moments} rows={rows} />
    </>
  );
}

function choiceText(shown: number, all: number): string {
  return shown === all ? `all ${all} captures` : `of ${all} captures, evenly spread`;
}

function Grid(props: {
  readonly state: PanelState;
  readonly moments: readonly Moment[];
  readonly rows: readonly SnapshotRow[];
}): JSX.Element {
  const { state, moments, rows } = props;
  const times = moments.map(({ at }) => at);
  const unit = moments[0]?.values.tree.unit ?? '';
  const most = rows.reduce((top, { values }) => Math.max(top, ...values), 0);
  const days = new Set(times.map(formatDay)).size;
  const open = (row: SnapshotRow, at: number) => {
    state.scope.peek().showRange({ from: at, to: at + 1 });
    state.change({ view: 'flame', search: exactly(row.name), zoom: [], range: undefined }, 'push');
  };
  return (
    <VirtualTable
      name="Functions by growth"
      className="functions"
      columns={moments.length + 4}
      rows={rows.length}
      reveal={-1}
      head={
        <tr>
          <th scope="col">function</th>
          <th scope="col" class="num" title="Slope of the line through all snapshots">
            growth
          </th>
          <th scope="col">trend</th>
          {times.map((at) => (
            <th key={at} scope="col" class="num" title={`${formatDay(at)} ${formatClock(at)}`}>
              {days > 1 && `${formatDay(at).slice(5)} `}
              {formatClock(at)}
            </th>
          ))}
        </tr>
      }
      row={(index) => {
        const row = rows[index];
        if (row === undefined) return null;
        return (
          <tr key={index} aria-rowindex={index + 2}>
            <td class="code functions__name" title={`${row.name}\n${row.file}`}>
              <i
                class={`swatch swatch--${originOf(row.name, row.file, state.scope.value.ownModules)}`}
              />
              {shortName(row.name)}
            </td>
            <td class={`num ${changeClassName(Math.sign(Math.round(row.slope)))}`}>
              {times.length > 1 && `${deltaText(row.slope, unit)}/min`}
            </td>
            <td>
              <svg class="spark" viewBox="0 0 1 1" preserveAspectRatio="none" aria-hidden="true">
                <polyline points={sparkline(times, row.values)} />
              </svg>
            </td>
            {times.map((at, column) => (
              <td key={at} class="num amount">
                <i
                  class="bar"
                  style={{ width: `${most > 0 ? ((row.values[column] ?? 0) / most) * 100 : 0}%` }}
                />
                <button
                  type="button"
                  class="amount__open"
                  title="Open this capture"
                  onClick={() => open(row, at)}
                >
                  {valueText(row.values[column] ?? 0, unit)}
                </button>
              </td>
            ))}
          </tr>
        );
      }}
    />
  );
}
