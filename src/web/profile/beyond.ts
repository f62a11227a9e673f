/**
 * What the panel asks about the samples themselves, and when: notes at once, the rest when its view
 * is open.
 */
import { effect, signal } from '@preact/signals';
import { parseGroupBy } from '../../goroutines/cluster.ts';
import type { DumpView } from '../../goroutines/dump-view.ts';
import type { LabelTable } from '../../report/reading/labeltable.ts';
import type { HeatMap } from '../../report/reading/moments.ts';
import { isTimeKey } from '../../report/reading/moments.ts';
import type { Note } from '../../report/reading/note.ts';
import type { WhoTable } from '../../report/reading/who.ts';
import { Question } from '../app/loaded.ts';
import type { ProfileSource, SampleQuestions } from '../data/source.ts';
import type { ProfileTree } from '../data/tree.ts';
import { CollectedDumps } from '../goroutines/collected.ts';
import { LocalSamples } from './samples.ts';
import type { PanelState } from './state.ts';
import { GOROUTINE_VIEWS } from './view.ts';

export class Beyond {
  readonly notes = new Question<readonly Note[]>();
  readonly who = new Question<WhoTable>();
  readonly labelTable = new Question<LabelTable>();
  /** Of the base, in a comparison. */
  readonly baseLabelTable = new Question<LabelTable>();
  /** Under the values of the chosen label, for the small multiples. */
  readonly groups = new Question<ProfileTree>();
  readonly dumps = new Question<DumpView | undefined>();
  readonly heatMap = new Question<HeatMap | undefined>();
  /** True once some label of the profile tells a time. */
  readonly hasTimes = signal(false);
  /** Set when somebody asked for the notes of a source for which they cost a download. */
  readonly notesWanted = signal(false);
  private local: { readonly source: ProfileSource; readonly samples: LocalSamples } | undefined;
  private collected: CollectedDumps | undefined;
  private dumpsAsked: { readonly key: string; readonly source: ProfileSource } | undefined;
  private readonly state: PanelState;

  constructor(state: PanelState) {
    this.state = state;
  }

  /** Who answers questions about samples, for the source that is shown now. */
  samples(): SampleQuestions {
    const { source } = this.state.scope.peek();
    if (source.samples !== undefined) return source.samples;
    if (this.local?.source !== source) {
      this.local?.samples.close();
      this.local = { source, samples: new LocalSamples(source) };
    }
    return this.local.samples;
  }

  /** True when notes cost nothing much: the samples are here, or there is just one profile. */
  get notesAtOnce(): boolean {
    const { source } = this.state.scope.value;
    return source.samples !== undefined || source.single === true;
  }

  /** Asks whenever what is asked changes, until the returned function is called. */
  start(): () => void {
    const stops = [
      effect(() => this.askNotes()),
      effect(() => this.askWho()),
      effect(() => this.askLabels()),
      effect(() => this.askTimes()),
      effect(() => this.askDumps()),
    ];
    return () => {
      for (const stop of stops) stop();
      for (const question of [this.notes, this.who, this.labelTable, this.heatMap]) question.stop();
      this.baseLabelTable.stop();
      this.groups.stop();
      this.dumps.stop();
      this.local?.samples.close();
      this.local = undefined;
      this.collected?.close();
      this.collected = undefined;
      this.dumpsAsked = undefined;
    };
  }

  private askNotes(): void {
    const query = this.state.plainQuery.value;
    const wanted = this.notesAtOnce || this.notesWanted.value;
    // The picture comes first: the worker does one thing at a time.
    if (query === undefined || !wanted || this.state.loaded.value === undefined) return;
    void this.notes.ask((signal) => this.samples().notes(query, signal));
  }

  private askWho(): void {
    const query = this.state.plainQuery.value;
    if (query === undefined || this.state.viewName.value !== 'who') return;
    const { ownModules } = this.state.scope.value;
    void this.who.ask((signal) => this.samples().who(query, ownModules, signal));
  }

  private askDumps(): void {
    const type = this.state.type.value?.type;
    if (type === undefined || !GOROUTINE_VIEWS.includes(this.state.viewName.value)) return;
    const { source, range } = this.state.scope.value;
    const { dump, by } = this.state.view.value;
    const number = /^[1-9]\d*$/.test(dump) ? Number(dump) - 1 : -1;
    const query = { type, range, dump: number, by: parseGroupBy(by) ?? 'stack' };
    const key = JSON.stringify(query);
    if (key === this.dumpsAsked?.key && source === this.dumpsAsked.source) return;
    this.dumpsAsked = { key, source };
    this.collected ??= new CollectedDumps();
    const { collected } = this;
    void this.dumps.ask((signal) =>
      source.goroutines === undefined
        ? collected.ask(source, query, signal)
        : source.goroutines(query, signal),
    );
  }

  private askLabels(): void {
    const query = this.state.plainQuery.value;
    if (query === undefined || this.state.viewName.value !== 'labels') return;
    const { base, baseLabels } = this.state.scope.value;
    void this.labelTable.ask((signal) => this.samples().labelTable(query, signal));
    if (base === undefined) return;
    const before = { ...query, range: base, labels: { ...query.labels, ...baseLabels } };
    void this.baseLabelTable.ask((signal) => this.samples().labelTable(before, signal));
  }

  /** The trees under the values of a label. */
  askGroups(key: string): void {
    const query = this.state.plainQuery.peek();
    if (query === undefined) return;
    const { base, baseLabels } = this.state.scope.peek();
    const grouped = { ...query, groupBy: key };
    void this.groups.ask((signal) =>
      base === undefined
        ? this.samples().tree(grouped, signal)
        : this.samples().diff(
            { ...grouped, base, baseLabels: { ...query.labels, ...baseLabels } },
            signal,
          ),
    );
  }

  /** Label keys are cheap for every source; the heat map itself waits until its view is open. */
  private askTimes(): void {
    const query = this.state.plainQuery.value;
    const { source } = this.state.scope.value;
    if (query === undefined || this.state.loaded.value === undefined) return;
    const { within: _, ...whole } = query;
    if (this.state.viewName.value === 'time') {
      void this.heatMap.ask((signal) => this.samples().heatMap(whole, signal));
    }
    const asked = new AbortController();
    source.labels(whole, '', asked.signal).then(
      ({ keys }) => {
        this.hasTimes.value = keys.some(isTimeKey);
      },
      // The view that is shown reports what fails; without an answer there is no such tab.
      () => {
        this.hasTimes.value = false;
      },
    );
  }
}
