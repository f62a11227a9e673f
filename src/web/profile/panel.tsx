/**
 * The profile panel: one profile of a source, as flame graph, table, sandwich or snapshots.
 *
 * Whoever mounts it owns the range and the ProfileView; the panel asks the source, shows, and asks
 * back for changes. It works the same over a server and over a dropped file.
 */
import { type ReadonlySignal, useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useMemo, useRef } from 'preact/hooks';
import type { Command } from '../app/commands.ts';
import type { ProfileSource } from '../data/source.ts';
import type { ProfileTree } from '../data/tree.ts';
import { GoroutinesTab } from '../goroutines/goroutines-tab.tsx';
import { LifelinesTab } from '../goroutines/lifelines-tab.tsx';
import { WaitsTab } from '../goroutines/waits-tab.tsx';
import { GraphTab } from '../graph/graph-tab.tsx';
import { PeekTab } from '../peek/peek-tab.tsx';
import { AssemblyTab } from '../source/assembly-tab.tsx';
import { SourceTab } from '../source/source-tab.tsx';
import { profileCommands } from './commands.ts';
import { ContextMenu } from './context-menu.tsx';
import { DetailsStrip } from './details.tsx';
import { Chips } from './filters.tsx';
import { FlameTab } from './flame-tab.tsx';
import './about.css';
import './profile.css';
import { LabelsTab } from './labels-tab.tsx';
import { NoteLine, NotesMenu } from './notes.tsx';
import { percentText, valueText } from './numbers.ts';
import { needsSamples } from './samples.ts';
import { SandwichTab } from './sandwich-tab.tsx';
import { SnapshotsTab } from './snapshots-tab.tsx';
import {
  baseScaleOf,
  type PanelScope,
  PanelState,
  type ShowRange,
  type TimeRange,
} from './state.ts';
import { TableTab } from './table-tab.tsx';
import { TimeTab } from './time-tab.tsx';
import { Tip } from './tip.tsx';
import { Toolbar } from './toolbar.tsx';
import { type ChangeView, DIFF_MODES, NO_FILTERS, type ProfileView } from './view.ts';
import { WhoTab } from './who-tab.tsx';

export interface ProfilePanelProps {
  readonly source: ProfileSource;
  readonly view: ReadonlySignal<ProfileView>;
  readonly change: ChangeView;
  /** What is shown, unix milliseconds; undefined = all there is. */
  readonly range: TimeRange | undefined;
  /** Set = a comparison: this range against `range`. */
  readonly base: TimeRange | undefined;
  readonly baseLabels: Readonly<Record<string, string>>;
  readonly showRange: ShowRange;
  /** Adds commands to the page's table until the returned function is called. */
  readonly provide: (commands: () => readonly Command[]) => () => void;
  /** Module paths known to be the user's own. */
  readonly ownModules?: readonly string[];
  /** True when nothing else on the page wants w/a/s/d and the arrows. */
  readonly alone?: boolean;
}

const NO_MODULES: readonly string[] = [];

export function ProfilePanel(props: ProfilePanelProps): JSX.Element {
  const { view, provide, alone = false } = props;
  const { source, range, base, baseLabels, showRange, ownModules = NO_MODULES } = props;
  const scope = useSignal<PanelScope>({ source, range, base, baseLabels, showRange, ownModules });
  const change = useRef(props.change);
  change.current = props.change;
  const state = useMemo(
    () => new PanelState(scope, view, (...step) => change.current(...step)),
    [view],
  );
  const section = useRef<HTMLElement>(null);
  const over = useRef(false);
  const scopeKey = JSON.stringify([range, base, baseLabels, ownModules]);
  useEffect(() => {
    scope.value = { source, range, base, baseLabels, showRange, ownModules };
  }, [source, scopeKey]);
  useEffect(() => {
    const hot = () =>
      alone || over.current || (section.current?.contains(document.activeElement) ?? false);
    return provide(() => profileCommands(state, hot));
  }, [state, alone]);
  useQuestions(state);
  return (
    <section
      ref={section}
      class="profile"
      aria-label="Profile"
      onPointerEnter={() => {
        over.current = true;
      }}
      onPointerLeave={() => {
        over.current = false;
      }}
    >
      <Toolbar state={state} />
      <AboutLine state={state} />
      <NoteLine state={state} />
      <div class="profile__body" aria-busy={state.busy.value}>
        <Body state={state} />
      </div>
      <DetailsStrip state={state} />
      <Tip hover={state.hover} />
      <ContextMenu state={state} />
    </section>
  );
}

/** Asks the source again whenever what is asked changes. */
function useQuestions(state: PanelState): void {
  const { source, base, baseLabels } = state.scope.value;
  const query = state.query.value;
  const queryKey = JSON.stringify([query, base, baseLabels]);
  useEffect(() => {
    void state.typesQuestion.ask((signal) => source.types(signal));
    return () => state.typesQuestion.stop();
  }, [state, source]);
  useEffect(() => state.beyond.start(), [state, source]);
  useEffect(() => {
    if (query === undefined) return;
    const asked = state.treeQuestion.ask((signal) => {
      const trees = needsSamples(query) ? state.beyond.samples() : source;
      return base === undefined
        ? trees.tree(query, signal)
        : trees.diff({ ...query, base, baseLabels: { ...query.labels, ...baseLabels } }, signal);
    });
    state.busy.value = true;
    const done = (): void => {
      if (!state.treeQuestion.busy) state.busy.value = false;
    };
    void asked.finally(done);
  }, [state, source, queryKey]);
}

/** The sentence on the profile, what narrows it, and what the search found. */
function AboutLine({ state }: { readonly state: PanelState }): JSX.Element {
  const about = state.about.value;
  const answer = state.treeQuestion.answer.value;
  // The last good picture stays; that it is not the one that was asked for must be said.
  const failed =
    answer.state === 'failed'
      ? `${answer.error.message}. ${answer.error.next}`
      : state.problem.value || undefined;
  const matches = state.matches.value;
  const loaded = state.loaded.value;
  return (
    <div class="about">
      {failed === undefined ? (
        <p class="about__text" title={about}>
          {about}
        </p>
      ) : (
        <p class="about__text about__text--failed" role="alert" title={failed}>
          {failed}
        </p>
      )}
      <Chips state={state} />
      {loaded?.base !== undefined && <DiffModes state={state} loaded={loaded} />}
      {matches !== undefined && loaded !== undefined && (
        <output class="about__matches">
          <span class="num">{matches.count.toLocaleString('en')}</span>{' '}
          {matches.count === 1 ? 'function' : 'functions'} · self{' '}
          <span class="num">{valueText(matches.self, loaded.tree.unit)}</span>{' '}
          <span class="num dim">{percentText(matches.self, state.grandTotal.value)}</span> · total{' '}
          <span class="num">{valueText(matches.total, loaded.tree.unit)}</span>{' '}
          <span class="num dim">{percentText(matches.total, state.grandTotal.value)}</span>
        </output>
      )}
      {!state.beyond.notesAtOnce && <NotesMenu state={state} />}
    </div>
  );
}

const DIFF_WORDS: Readonly<Record<ProfileView['diff'], readonly [name: string, hint: string]>> = {
  share: ['same time', 'Scale the base to the same recorded time'],
  total: ['same total', 'Scale the base to the same total: how the mix changed (-normalize)'],
  absolute: ['absolute', 'Compare the plain values'],
};

/** How the base is counted; what would scale by one is not offered. */
function DiffModes(props: {
  readonly state: PanelState;
  readonly loaded: ProfileTree;
}): JSX.Element {
  const { state, loaded } = props;
  const current = state.view.value.diff;
  const byTime = baseScaleOf(loaded, 'share') !== 1;
  const modes = DIFF_MODES.filter((mode) => mode !== 'share' || byTime);
  const pressed = byTime || current !== 'share' ? current : 'absolute';
  return (
    <fieldset class="segments">
      <legend class="unseen">How the base is counted</legend>
      {modes.map((mode) => (
        <button
          key={mode}
          type="button"
          aria-pressed={mode === pressed}
          title={DIFF_WORDS[mode][1]}
          onClick={() => state.change({ diff: mode }, 'push')}
        >
          {DIFF_WORDS[mode][0]}
        </button>
      ))}
    </fieldset>
  );
}

function Body({ state }: { readonly state: PanelState }): JSX.Element {
  const types = state.typesQuestion.answer.value;
  const answer = state.treeQuestion.answer.value;
  const loaded = state.loaded.value;
  const failed = [types, answer].find((question) => question.state === 'failed');
  if (failed?.state === 'failed' && loaded === undefined) {
    return (
      <div class="empty" role="alert">
        <p>{failed.error.message}</p>
        <p class="dim">{failed.error.next}</p>
      </div>
    );
  }
  if (types.state === 'ready' && types.value.length === 0) {
    return (
      <div class="empty">
        <p>No profiles here yet.</p>
        <p class="dim">The first ones arrive with the next scrape of the target.</p>
      </div>
    );
  }
  if (loaded === undefined) return <p class="empty dim">Loading …</p>;
  const { view } = state.view.value;
  if (view === 'snapshots') return <SnapshotsTab state={state} />;
  if (view === 'time') return <TimeTab state={state} />;
  if (view === 'goroutines') return <GoroutinesTab state={state} />;
  if (view === 'lifelines') return <LifelinesTab state={state} />;
  if (view === 'waits') return <WaitsTab state={state} />;
  if ((state.values.value?.tree.length ?? 0) <= 1) return <Nothing state={state} />;
  if (view === 'who') return <WhoTab state={state} />;
  if (view === 'labels') return <LabelsTab state={state} />;
  if (view === 'table') return <TableTab state={state} />;
  if (view === 'sandwich') return <SandwichTab state={state} />;
  if (view === 'graph') return <GraphTab state={state} />;
  if (view === 'peek') return <PeekTab state={state} />;
  if (view === 'source') return <SourceTab state={state} />;
  if (view === 'disasm') return <AssemblyTab state={state} />;
  return <FlameTab state={state} />;
}

/** There was an answer, but it holds nothing: say which of the reasons it is. */
function Nothing({ state }: { readonly state: PanelState }): JSX.Element {
  const narrowed = Object.keys(state.view.value.labels).length > 0;
  if (state.grandTotal.value === 0 && !narrowed) {
    return (
      <div class="empty">
        <p>Nothing was recorded in this range.</p>
        <p class="dim">
          No sample of this type has a value: the program did none of it, or the profile is off
          (block and mutex profiles are, unless the program sets their rate).
        </p>
      </div>
    );
  }
  return (
    <div class="empty">
      <p>{narrowed ? 'The labels and filters leave nothing.' : 'The filters leave nothing.'}</p>
      <p>
        <button type="button" onClick={() => state.change(NO_FILTERS, 'push')}>
          Remove all filters
        </button>
      </p>
    </div>
  );
}
