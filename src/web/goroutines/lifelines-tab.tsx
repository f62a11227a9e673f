/**
 * Every goroutine over successive dumps: a lane each, with its state, and a new piece where it stood
 * at another stack. Only debug=2 and crash dumps have the ids that this takes.
 */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useMemo } from 'preact/hooks';
import type { DumpView } from '../../goroutines/dump-view.ts';
import type { GoroutineTimeline } from '../../goroutines/timeline.ts';
import { shortName } from '../flame/label.ts';
import { placeText } from '../profile/numbers.ts';
import type { PanelState } from '../profile/state.ts';
import { VirtualTable } from '../profile/virtual-rows.tsx';
import { DumpStrip, dumpName, isView, useDumps, ViewParts } from './dumps.tsx';
import { type Fate, fateOf, type LifeRun, ownFrame, runsOf } from './model.ts';

const FATES: readonly (Fate | 'all')[] = ['all', 'new', 'gone', 'moved', 'unmoved'];

export function LifelinesTab({ state }: { readonly state: PanelState }): JSX.Element {
  const view = useDumps(state);
  if (!isView(view)) return view;
  if (view.lives === undefined) return <NoLives state={state} dumps={view.times.length} />;
  return <Lives state={state} view={view} lives={view.lives} />;
}

function NoLives(props: { readonly state: PanelState; readonly dumps: number }): JSX.Element {
  const { state, dumps } = props;
  return (
    <section class="goroutines" aria-label="Lives of goroutines">
      <div class="goroutines__bar">
        <ViewParts state={state} />
      </div>
      <div class="empty">
        <p>
          {dumps < 2
            ? 'One dump shows a moment, not a life.'
            : 'These profiles do not tell one goroutine from another.'}
        </p>
        <p class="dim">
          Drop two or more texts of <code>/debug/pprof/goroutine?debug=2</code> of one process
          together, or record it: <code>whygo wall --timeline goroutines.json localhost:6060</code>.
        </p>
      </div>
    </section>
  );
}

interface LivesProps {
  readonly state: PanelState;
  readonly view: DumpView;
  readonly lives: GoroutineTimeline;
}

function Lives({ state, view, lives }: LivesProps): JSX.Element {
  const fate = useSignal<Fate | 'all'>('all');
  const fates = useMemo(() => Array.from(lives.ids, (_, lane) => fateOf(lives, lane)), [lives]);
  const pattern = state.searchPattern.value;
  const isLit = lives.stacks.map(
    (stack) =>
      pattern.kind !== 'pattern' ||
      stack.some(({ function: name, file }) => pattern.test(name) || pattern.test(file)),
  );
  const dumps = lives.times.length;
  const lanes = fates.flatMap((own, lane) => {
    if (fate.value !== 'all' && own !== fate.value) return [];
    const stacks = lives.stack.subarray(lane * dumps, (lane + 1) * dumps);
    return stacks.some((stack) => isLit[stack] === true) ? [lane] : [];
  });
  const countOf = (name: Fate | 'all') =>
    name === 'all' ? fates.length : fates.filter((own) => own === name).length;
  return (
    <section class="goroutines" aria-label="Lives of goroutines">
      <DumpStrip state={state} view={view} />
      <div class="goroutines__bar">
        <ViewParts state={state} />
        <fieldset class="segments">
          <legend class="unseen">From the first dump to the last</legend>
          {FATES.map((name) => (
            <button
              key={name}
              type="button"
              aria-pressed={name === fate.value}
              onClick={() => {
                fate.value = name;
              }}
            >
              {name} <span class="num dim">{countOf(name)}</span>
            </button>
          ))}
        </fieldset>
        <span class="dim">
          Each dump is a moment; what happened between two of them is not known.
        </span>
      </div>
      <Lanes state={state} view={view} lives={lives} lanes={lanes} />
    </section>
  );
}

function Lanes({ state, view, lives, lanes }: LivesProps & { readonly lanes: readonly number[] }) {
  const dumps = lives.times.length;
  const last = (runs: readonly LifeRun[]) => lives.stacks[runs.at(-1)?.stack ?? -1] ?? [];
  return (
    <VirtualTable
      name="Goroutines over the dumps"
      className="functions lives"
      columns={3}
      rows={lanes.length}
      reveal={-1}
      head={
        <tr>
          <th scope="col" class="num lives__id">
            id
          </th>
          <th scope="col" class="functions__name">
            last seen at
          </th>
          <th scope="col" class="lives__lane">
            <div class="lives__ticks">
              {lives.times.map((_, dump) => (
                <span key={dump} class="num">
                  {dumpName(view, dump)}
                </span>
              ))}
            </div>
          </th>
        </tr>
      }
      row={(index) => {
        const lane = lanes[index];
        if (lane === undefined) return null;
        const runs = runsOf(lives, lane);
        const own = ownFrame(last(runs), state.scope.value.ownModules);
        return (
          <tr key={lane} aria-rowindex={index + 2}>
            <td class="num lives__id">{lives.ids[lane]}</td>
            <td class="code functions__name" title={own?.function}>
              {own === undefined ? '' : shortName(own.function)}{' '}
              <span class="dim">{own && placeText(own.file, own.line)}</span>
            </td>
            <td class="lives__lane">
              {runs.map((run) => (
                <span
                  key={run.from}
                  class={`family family--${run.family} lives__run`}
                  style={{
                    left: `${(run.from / dumps) * 100}%`,
                    width: `${((run.to - run.from) / dumps) * 100}%`,
                  }}
                  title={runText(view, lives, run)}
                >
                  {run.state}
                </span>
              ))}
            </td>
          </tr>
        );
      }}
    />
  );
}

function runText(view: DumpView, lives: GoroutineTimeline, run: LifeRun): string {
  const [leaf] = lives.stacks[run.stack] ?? [];
  const first = dumpName(view, run.from);
  const end = dumpName(view, run.to - 1);
  const when = first === end ? `in ${first}` : `from ${first} to ${end}`;
  return `${run.state} ${when}\n${leaf?.function ?? ''} ${placeText(leaf?.file ?? '', leaf?.line ?? 0)}`;
}
