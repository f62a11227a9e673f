/** Successive dumps as bars, by what their goroutines wait for; a click shows the groups of one. */
import type { JSX } from 'preact';
import type { StateFamily } from '../../goroutines/cluster.ts';
import type { DumpView } from '../../goroutines/dump-view.ts';
import { lastOf } from '../app/loaded.ts';
import type { PanelState } from '../profile/state.ts';
import { formatClock } from '../service/figures.ts';
import './goroutines.css';

export const FAMILY_WORDS: Readonly<Record<StateFamily, string>> = {
  running: 'running',
  runnable: 'runnable',
  syscall: 'system call',
  channel: 'channel',
  select: 'select',
  lock: 'lock',
  network: 'network',
  sleep: 'sleep',
  runtime: 'runtime',
  other: 'other',
  unknown: 'not told',
};

export function FamilyDot({ family }: { readonly family: StateFamily }): JSX.Element {
  return <i class={`family family--${family} family__dot`} />;
}

/** When a dump was taken, or its number where that is not known. */
export function dumpName({ times }: Pick<DumpView, 'times'>, dump: number): string {
  const at = times[dump];
  return at === undefined || Number.isNaN(at) ? `#${dump + 1}` : formatClock(at);
}

/** The answer that the three views share, or what there is to say without one. */
export function useDumps(state: PanelState): DumpView | JSX.Element {
  const answer = state.beyond.dumps.answer.value;
  const view = lastOf(answer);
  if (answer.state === 'failed') {
    return (
      <div class="empty" role="alert">
        <p>{answer.error.message}</p>
        <p class="dim">{answer.error.next}</p>
      </div>
    );
  }
  if (view !== undefined) return view;
  if (answer.state === 'loading') return <p class="empty dim">Loading …</p>;
  return (
    <div class="empty">
      <p>No goroutines are in these profiles.</p>
      <p class="dim">
        Drop the text of <code>/debug/pprof/goroutine?debug=2</code>, of a panic or of{' '}
        <code>kill -QUIT</code>; several of them show what changes.
      </p>
    </div>
  );
}

export function isView(view: DumpView | JSX.Element): view is DumpView {
  return 'rows' in view;
}

const PARTS = [
  ['goroutines', 'groups', 'Goroutines in groups (Shift+G)'],
  ['lifelines', 'lifelines', 'Every goroutine over the dumps (Shift+J)'],
  ['waits', 'waits', 'Who waits for whom (Shift+K)'],
] as const;

/** The three views of goroutines, which share one tab. */
export function ViewParts({ state }: { readonly state: PanelState }): JSX.Element {
  const current = state.viewName.value;
  return (
    <fieldset class="segments">
      <legend class="unseen">Part</legend>
      {PARTS.map(([view, name, hint]) => (
        <button
          key={view}
          type="button"
          aria-pressed={view === current}
          title={hint}
          onClick={() => state.change({ view }, 'push')}
        >
          {name}
        </button>
      ))}
    </fieldset>
  );
}

export function DumpStrip(props: {
  readonly state: PanelState;
  readonly view: DumpView;
}): JSX.Element | null {
  const { state, view } = props;
  if (view.times.length < 2) return null;
  const most = Math.max(...view.totals, 1);
  const all = view.dumpCount > view.times.length ? ` of ${view.dumpCount}` : '';
  return (
    <div class="dumps">
      <fieldset class="dumps__bars">
        <legend class="unseen">
          {view.times.length}
          {all} dumps, goroutines in each
        </legend>
        {view.totals.map((total, dump) => (
          <button
            key={dump}
            type="button"
            class="dumps__dump"
            aria-pressed={dump === view.shown}
            title={`${dumpName(view, dump)}: ${total.toLocaleString('en')} goroutines`}
            onClick={() => state.change({ dump: String(dump + 1) }, 'push')}
          >
            <span class="num">{total.toLocaleString('en')}</span>
            <span class="dumps__stack" aria-hidden="true">
              {view.families.map(({ family, counts }) =>
                counts[dump] === 0 ? null : (
                  <i
                    key={family}
                    class={`family family--${family}`}
                    style={{ height: `${(counts[dump] / most) * 100}%` }}
                  />
                ),
              )}
            </span>
            <span class="num dim">{dumpName(view, dump)}</span>
          </button>
        ))}
      </fieldset>
      <ul class="dumps__legend">
        {view.families.map(({ family, counts }) => (
          <li key={family}>
            <FamilyDot family={family} />
            {FAMILY_WORDS[family]}{' '}
            <span class="num dim">{counts[view.shown]?.toLocaleString('en')}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
