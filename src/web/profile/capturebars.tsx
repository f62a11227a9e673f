/**
 * Several captures of one type over time: a bar each. A click shows one, a drag several of them, with
 * Shift they become the base of a comparison.
 */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';
import { lastOf } from '../app/loaded.ts';
import { formatClock } from '../service/figures.ts';
import { valueText } from './numbers.ts';
import type { PanelState, TimeRange } from './state.ts';

const MOST_BARS = 200;

export function CaptureBars({ state }: { readonly state: PanelState }): JSX.Element {
  const query = state.plainQuery.value;
  const { source } = state.scope.value;
  useEffect(() => {
    if (query === undefined) return undefined;
    const all = { ...query, range: undefined };
    void state.snapshotQuestion.ask(async (signal) => {
      const captures = await source.captures(all, signal);
      const times = [...new Set(captures.map(({ start }) => start))].slice(0, MOST_BARS);
      return source.snapshots(all, times, signal);
    });
    return () => state.snapshotQuestion.stop();
  }, [state, source, JSON.stringify({ ...query, range: undefined })]);
  const trees = lastOf(state.snapshotQuestion.answer.value) ?? [];
  const from = useSignal(-1);
  const over = useSignal(-1);
  const unit = trees[0]?.tree.unit ?? '';
  const totals = trees.map(({ tree }) => tree.total[0] ?? 0);
  const most = Math.max(...totals.map(Math.abs), 0);
  const at = (index: number) => trees[index]?.coverage.from ?? 0;
  const range = (one: number, other: number): TimeRange => ({
    from: at(Math.min(one, other)),
    to: at(Math.max(one, other)) + 1,
  });
  const isIn = (index: number, of: TimeRange | undefined) =>
    of !== undefined && at(index) >= of.from && at(index) < of.to;
  const { range: shown, base } = state.scope.value;
  const marked = from.value < 0 ? undefined : range(from.value, over.value);
  const choose = (chosen: TimeRange, asBase: boolean): void => {
    const { range: now, showRange } = state.scope.peek();
    if (asBase) showRange(now, chosen);
    else showRange(chosen);
  };
  return (
    <>
      <ol
        class="captures"
        onPointerLeave={() => {
          from.value = -1;
        }}
      >
        {trees.map((tree, index) => (
          <li key={tree.coverage.from}>
            <button
              type="button"
              class="captures__bar"
              aria-pressed={isIn(index, marked ?? shown)}
              data-base={isIn(index, base)}
              title={`${formatClock(at(index))}: ${valueText(totals[index] ?? 0, unit)}. Click shows it, Shift+click compares with it`}
              onPointerDown={(event) => {
                event.currentTarget.releasePointerCapture(event.pointerId);
                from.value = index;
                over.value = index;
              }}
              onPointerEnter={() => {
                over.value = index;
              }}
              onPointerUp={(event) => {
                if (from.value < 0) return;
                const chosen = range(from.value, index);
                from.value = -1;
                choose(chosen, event.shiftKey);
              }}
              onKeyDown={(event) => {
                if (event.key !== 'Enter' && event.key !== ' ') return;
                event.preventDefault();
                event.stopPropagation();
                choose(range(index, index), event.shiftKey);
              }}
            >
              <i
                style={{ height: `${most > 0 ? (Math.abs(totals[index] ?? 0) / most) * 100 : 0}%` }}
              />
              <span class="unseen">
                {formatClock(at(index))}: {valueText(totals[index] ?? 0, unit)}
              </span>
            </button>
          </li>
        ))}
      </ol>
      <div class="time-tab__bar">
        <span class="num">
          {trees.length} captures, {formatClock(at(0))} – {formatClock(at(trees.length - 1))}
        </span>
        <span class="dim">drag to select, Shift+drag to compare</span>
        <span class="spread" />
        {(shown !== undefined || base !== undefined) && (
          <button type="button" onClick={() => state.scope.peek().showRange(undefined, undefined)}>
            Show all
          </button>
        )}
      </div>
    </>
  );
}
