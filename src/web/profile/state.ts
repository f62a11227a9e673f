/**
 * The profile panel's state: what was asked, what came, and everything computed from both.
 *
 * One chain of signals: answer → filters → flame model → matches, selection, span. What a link must
 * bring back is in ProfileView, which the mounting page owns; only what hands do in passing (hover,
 * selection, a marked range) lives here.
 */
import { batch, computed, type ReadonlySignal, signal } from '@preact/signals';
import type { WireProfileInfo } from '../../api/wire.ts';
import type { CallTree } from '../../profile/calltree.ts';
import { isInstant } from '../../profile/instant.ts';
import { aboutProfile } from '../../report/reading/about.ts';
import type { TimeSpan } from '../../report/reading/moments.ts';
import { lastOf, Question } from '../app/loaded.ts';
import type { ProfileSource, ProfileTypeInfo, TreeQuery } from '../data/source.ts';
import type { ProfileTree } from '../data/tree.ts';
import type { FlameView } from '../flame/flame-view.ts';
import { type FlameModel, flameModel } from '../flame/model.ts';
import { findPath, pathOf } from '../flame/navigate.ts';
import { originsOf } from '../flame/origin.ts';
import {
  compilePattern,
  findMatches,
  type Matches,
  matchFrames,
  nextMatch,
} from '../flame/search.ts';
import { FULL, type Span } from '../flame/viewport.ts';
import { ORIGINS } from '../theme/colors.ts';
import { Beyond } from './beyond.ts';
import type { FigureSubject } from './figures.ts';
import { deltaText, percentText, ratioText, valueText } from './numbers.ts';
import { filterTree, type TreeFilters, type Values } from './transform.ts';
import { type ChangeView, GOROUTINE_VIEWS, type ProfileView, viewsOf } from './view.ts';

/** Unix milliseconds. */
export interface TimeRange {
  readonly from: number;
  readonly to: number;
}

/**
 * Asks the page to show another range (undefined = all there is), and to compare it with a base
 * (undefined = with none); the base stays as it is when it is not given.
 */
export type ShowRange = (
  range: TimeRange | undefined,
  base?: TimeRange | undefined | 'as-it-is',
) => void;

/** What the page around the panel says about it. */
export interface PanelScope {
  readonly source: ProfileSource;
  /** undefined = all there is. */
  readonly range: TimeRange | undefined;
  /** Set = a comparison with this range. */
  readonly base: TimeRange | undefined;
  readonly baseLabels: Readonly<Record<string, string>>;
  readonly ownModules: readonly string[];
  readonly showRange: ShowRange;
}

const NO_PATTERN = compilePattern('', 'exact');
const NO_PATTERNS = { focus: NO_PATTERN, ignore: NO_PATTERN, hide: NO_PATTERN, show: NO_PATTERN };

/** A frame under the pointer, and the point of the window. */
export interface Hover {
  readonly subject: FigureSubject;
  readonly node: number;
  readonly x: number;
  readonly y: number;
}

/** The open menu of a frame. */
export interface FrameMenu {
  readonly name: string;
  /** Frame names, outermost first. */
  readonly stack: readonly string[];
  readonly fit: (() => void) | undefined;
  readonly x: number;
  readonly y: number;
}

/** How the base is multiplied so that both sides compare; see ProfileView.diff. */
export function baseScaleOf(tree: ProfileTree, mode: ProfileView['diff']): number {
  const { base, coverage } = tree;
  if (base !== undefined && mode === 'total') {
    const before = base.total[0] ?? 0;
    return before > 0 ? (tree.tree.total[0] ?? 0) / before : 1;
  }
  if (base === undefined || mode === 'absolute' || isInstant(tree.type, tree.sampleType)) return 1;
  const before = base.coverage;
  if (coverage.durationMs > 0 && before.durationMs > 0) {
    return coverage.durationMs / before.durationMs;
  }
  return before.profiles > 0 ? coverage.profiles / before.profiles : 1;
}

/** Seconds as the view has them → nanoseconds as queries do. */
function spanOf([from, to]: readonly [number, number]): TimeSpan {
  return { from: Math.round(from * 1e9), to: Math.round(to * 1e9) };
}

/** True for the types whose samples are goroutines. */
export function isGoroutines(type: string): boolean {
  return type === 'goroutine' || type === 'goroutineleak';
}

/** An RE2 pattern that matches exactly this name. */
export function exactly(name: string): string {
  return `^${name.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&')}$`;
}

/** Value of all samples with a frame of the garbage collector on their stack. */
function gcTotal(tree: CallTree, ownModules: readonly string[]): number {
  const gc = ORIGINS.indexOf('gc');
  const frames = originsOf(tree.frames, ownModules).map((origin) => (origin === gc ? 1 : 0));
  return findMatches(tree, frames).total;
}

export class PanelState {
  readonly scope: ReadonlySignal<PanelScope>;
  readonly view: ReadonlySignal<ProfileView>;
  readonly change: ChangeView;

  readonly typesQuestion = new Question<readonly ProfileTypeInfo[]>();
  readonly treeQuestion = new Question<ProfileTree>();
  /** True while the picture on the screen is not yet the one that was asked for. */
  readonly busy = signal(false);
  readonly snapshotQuestion = new Question<readonly ProfileTree[]>();
  readonly capturesQuestion = new Question<readonly WireProfileInfo[]>();

  /** Frame names to the selected node; undefined = none. Survives a change of data and of view. */
  readonly selectedPath = signal<readonly string[] | undefined>(undefined);
  readonly hover = signal<Hover | undefined>(undefined);
  readonly marked = signal<Span | undefined>(undefined);
  readonly shown = signal<Span>(FULL);
  /** Frames that a legend entry lights while it is hovered; index into ORIGINS, -1 = none. */
  readonly litOrigin = signal(-1);
  /** The flame graph on the screen, for commands; undefined in other views. */
  readonly flame = signal<FlameView | undefined>(undefined);
  /** The search field, for the command that goes there. */
  readonly searchField = signal<HTMLInputElement | undefined>(undefined);
  /** The button that opens the lines of the selected function, for its command. */
  readonly linesButton = signal<HTMLButtonElement | undefined>(undefined);
  /** Where on the width the pointer last was, for keys that zoom at it; undefined = outside. */
  pointer: number | undefined;
  /** Why what was asked for last could not be done; '' = it could. */
  readonly problem = signal('');
  /** The open context menu. */
  readonly menu = signal<FrameMenu | undefined>(undefined);

  constructor(
    scope: ReadonlySignal<PanelScope>,
    view: ReadonlySignal<ProfileView>,
    change: ChangeView,
  ) {
    this.scope = scope;
    this.view = view;
    this.change = change;
  }

  /** The questions about single samples. */
  readonly beyond = new Beyond(this);
  /** Apart from the rest of the view, so that a click in it asks nothing again. */
  readonly viewName = computed(() => this.view.value.view);

  readonly types = computed(() => lastOf(this.typesQuestion.answer.value) ?? []);
  readonly loaded = computed(() => lastOf(this.treeQuestion.answer.value));

  /** The type that is shown: the view's, else the first the source has. */
  readonly type = computed(
    () => this.types.value.find(({ type }) => type === this.view.value.type) ?? this.types.value[0],
  );

  /** True when the source applies filters, and labels as frames, to whole samples. */
  get refines(): boolean {
    return this.scope.value.source.refines === true;
  }

  /** The label whose values are the outermost frames; '' = none. */
  readonly group = computed(() => {
    const { group, options } = this.view.value;
    return this.refines ? (options.tagroot ?? '') : group;
  });

  /** What is asked of the source now; undefined while the types are not known. */
  readonly query = computed<TreeQuery | undefined>(() => {
    const { value: type } = this.type;
    const { value: view } = this.view;
    if (type === undefined) return undefined;
    const known = type.sampleTypes.some((sample) => sample.type === view.sample);
    return {
      type: type.type,
      sample: known ? view.sample : '',
      labels: view.labels,
      inverted: view.invert && view.view === 'flame',
      range: this.scope.value.range,
      ...(this.group.value !== '' && !this.refines && { groupBy: this.group.value }),
      ...(view.within !== undefined && { within: spanOf(view.within) }),
      ...(this.refines && this.refinement(view)),
    };
  });

  private lastPlain: TreeQuery | undefined;

  /** The query without what only arranges its tree: what is asked about samples. */
  readonly plainQuery = computed<TreeQuery | undefined>(() => {
    const { value: query } = this.query;
    if (query === undefined) return undefined;
    const { groupBy: _, zoom: __, ...plain } = query;
    const { focus: f, ignore: i, hide: h, show: s } = this.view.value;
    const options = { ...plain.options, f, i, h, s, tagroot: '' };
    const next: TreeQuery = { ...plain, inverted: false, options };
    // The same object while nothing changed, so that nothing is asked again.
    if (JSON.stringify(next) !== JSON.stringify(this.lastPlain)) this.lastPlain = next;
    return this.lastPlain;
  });

  /** The views that there is something for. */
  readonly views = computed(() => {
    const { source } = this.scope.value;
    const several = source.kind === 'file' && (this.type.value?.profiles ?? 0) > 1;
    const times = this.beyond.hasTimes.value || several;
    const goroutines = isGoroutines(this.type.value?.type ?? '');
    return viewsOf(source)
      .filter((name) => name !== 'time' || times)
      .filter((name) => goroutines || !GOROUTINE_VIEWS.includes(name));
  });

  /** What the source applies itself. More detail is asked for only where something was left out. */
  private refinement(view: ProfileView): Pick<TreeQuery, 'options' | 'zoom'> {
    const { focus: f, ignore: i, hide: h, show: s } = view;
    const truncated = (this.loaded.value?.tree.omittedNodes ?? 0) > 0;
    const zoom = truncated && view.view === 'flame' && view.range === undefined ? view.zoom : [];
    const { sort: _, ...options } = view.options;
    return { options: { ...options, f, i, h, s }, zoom };
  }

  readonly filters = computed<TreeFilters>(() => {
    const { focus, ignore, hide, show, collapseRecursion } = this.view.value;
    if (this.refines) return { ...NO_PATTERNS, collapseRecursion };
    return {
      focus: compilePattern(focus, 'exact'),
      ignore: compilePattern(ignore, 'exact'),
      hide: compilePattern(hide, 'exact'),
      show: compilePattern(show, 'exact'),
      collapseRecursion,
    };
  });

  readonly baseScale = computed(() => {
    const tree = this.loaded.value;
    return tree === undefined ? 1 : baseScaleOf(tree, this.view.value.diff);
  });

  /** Value of everything that was loaded, before any filter: what percentages are of. */
  readonly grandTotal = computed(() => {
    const loaded = this.loaded.value;
    return loaded?.grandTotal ?? loaded?.tree.total[0] ?? 0;
  });

  readonly values = computed<Values | undefined>(() => {
    const tree = this.loaded.value;
    return tree && filterTree({ tree: tree.tree, base: tree.base }, this.filters.value);
  });

  readonly model = computed<FlameModel | undefined>(() => {
    const { value: values } = this.values;
    if (values === undefined) return undefined;
    return flameModel(values.tree, {
      base: values.base,
      baseScale: this.baseScale.value,
      ownModules: this.scope.value.ownModules,
      rootLabel: this.rootLabel(values),
      labelKey: this.group.value,
    });
  });

  /** What the figures of nodes are read from. */
  readonly subject = computed<FigureSubject | undefined>(() => {
    const model = this.model.value;
    return (
      model && {
        model,
        base: this.values.value?.base,
        baseScale: this.baseScale.value,
        grandTotal: this.grandTotal.value,
        inverted: this.query.value?.inverted ?? false,
      }
    );
  });

  private rootLabel({ tree, base }: Values): string {
    const total = tree.total[0] ?? 0;
    const grand = this.grandTotal.value;
    const all = valueText(grand, tree.unit);
    const kept = valueText(total, tree.unit);
    const shown =
      total === grand ? `all  ${all}` : `${kept} of ${all}, ${percentText(total, grand)}`;
    if (base === undefined) return shown;
    const before = (base.total[0] ?? 0) * this.baseScale.value;
    return `${shown}  ${deltaText(total - before, tree.unit)}  ${ratioText(total, before)}`;
  }

  readonly searchPattern = computed(() => compilePattern(this.view.value.search, 'smart'));

  /** What the search matches; undefined without one. */
  readonly matches = computed<Matches | undefined>(() => {
    const { value: values } = this.values;
    const { value: pattern } = this.searchPattern;
    if (values === undefined || pattern.kind !== 'pattern') return undefined;
    return findMatches(values.tree, matchFrames(values.tree.frames, pattern));
  });

  /** Frames to light: a hovered legend entry, else the search. */
  readonly lit = computed<Uint8Array | undefined>(() => {
    const { value: model } = this.model;
    const { value: lit } = this.litOrigin;
    if (model !== undefined && lit >= 0) return model.origin.map((o) => (o === lit ? 1 : 0));
    return this.matches.value?.frames;
  });

  /** The selected node in the current tree, or -1 when it is not there. */
  readonly selected = computed(() => {
    const path = this.selectedPath.value;
    const tree = this.values.value?.tree;
    if (path === undefined || tree === undefined) return -1;
    const node = findPath(tree, path);
    return tree.depth[node] === path.length ? node : -1;
  });

  /** The node that fills the width, 0 = everything. */
  readonly zoomed = computed(() => {
    const tree = this.values.value?.tree;
    return tree === undefined ? 0 : findPath(tree, this.view.value.zoom);
  });

  /** The part of the width to show. */
  readonly span = computed<Span>(() => {
    const { range } = this.view.value;
    const { value: model } = this.model;
    if (range !== undefined) return { left: range[0], right: range[1] };
    if (model === undefined) return FULL;
    const node = this.zoomed.value;
    const left = model.layout.left[node] ?? 0;
    const width = model.layout.width[node] ?? 0;
    return width > 0 ? { left, right: left + width } : FULL;
  });

  /** Self value of each origin as a share of all self values that are shown; sums up to 1. */
  readonly originShares = computed(() => {
    const model = this.model.value;
    const shares = new Float64Array(ORIGINS.length);
    if (model === undefined) return shares;
    const { tree, origin } = model;
    let sum = 0;
    for (let node = 1; node < tree.length; node++) {
      const value = Math.abs(tree.self[node] ?? 0);
      const at = origin[tree.frame[node] ?? 0] ?? 0;
      shares[at] = (shares[at] ?? 0) + value;
      sum += value;
    }
    return sum > 0 ? shares.map((value) => value / sum) : shares;
  });

  /** The sentence above every view. */
  readonly about = computed(() => {
    const loaded = this.loaded.value;
    if (loaded === undefined) return '';
    const { type, sampleType, coverage, tree } = loaded;
    // What filters leave is told by the picture; the sentence is on the whole profile.
    const total = this.grandTotal.value;
    const gcShare = total > 0 ? gcTotal(tree, this.scope.value.ownModules) / total : 0;
    return aboutProfile({ type, sampleType, unit: tree.unit, total, coverage, gcShare });
  });

  nameOf(node: number): string {
    const tree = this.values.peek()?.tree;
    return tree?.frames.name[tree.frame[node] ?? -1] ?? '';
  }

  select(node: number): void {
    const tree = this.values.peek()?.tree;
    this.selectedPath.value = tree !== undefined && node > 0 ? pathOf(tree, node) : undefined;
  }

  /** Opens the menu of a node at a point of the window. */
  openMenu(node: number, at: { readonly x: number; readonly y: number }): void {
    const tree = this.values.peek()?.tree;
    if (tree === undefined || node <= 0) return;
    this.select(node);
    this.hover.value = undefined;
    const fit = this.view.peek().view === 'flame' ? () => this.fit(node) : undefined;
    this.menu.value = { name: this.nameOf(node), stack: pathOf(tree, node), fit, ...at };
  }

  /** Fits a node into the width; the root or -1 shows everything. A step that Back undoes. */
  fit(node: number): void {
    const tree = this.values.peek()?.tree;
    const zoom = tree !== undefined && node > 0 ? pathOf(tree, node) : [];
    batch(() => {
      this.marked.value = undefined;
      this.change({ zoom, range: undefined }, 'push');
    });
  }

  /** Keeps only stacks through a function. */
  focusOn(name: string): void {
    this.change({ focus: exactly(name), zoom: [], range: undefined }, 'push');
  }

  setFilter(name: 'focus' | 'ignore' | 'hide' | 'show', pattern: string): void {
    if (this.view.peek()[name] === pattern) return;
    this.change({ [name]: pattern, zoom: [], range: undefined }, 'push');
  }

  /** Adds a function to what a filter already matches. */
  addToFilter(filter: 'ignore' | 'hide', name: string): void {
    const before = this.view.peek()[filter];
    this.setFilter(filter, before === '' ? exactly(name) : `${before}|${exactly(name)}`);
  }

  /** Puts a label's values at the root of every stack; '' takes them away. */
  groupBy(key: string, view: Partial<ProfileView> = {}): void {
    const { options } = this.view.peek();
    const grouped = this.refines ? { options: { ...options, tagroot: key } } : { group: key };
    this.change({ ...grouped, zoom: [], range: undefined, ...view }, 'push');
  }

  searchFor(name: string): void {
    this.change({ search: exactly(name) }, 'push');
  }

  showType(type: string): void {
    this.change({ type, sample: '', zoom: [], range: undefined, snapshots: [] }, 'push');
  }

  /** Selects the next match (or the one before), and shows it when it is too narrow to see. */
  goToMatch(backwards: boolean): void {
    const nodes = this.matches.peek()?.nodes;
    const model = this.model.peek();
    if (nodes === undefined || model === undefined) return;
    const node = nextMatch(nodes, this.selected.peek(), backwards);
    if (node < 0) return;
    this.select(node);
    const { left, right } = this.span.peek();
    const from = model.layout.left[node] ?? 0;
    const width = model.layout.width[node] ?? 0;
    const hidden = from + width <= left || from >= right || width / (right - left) < 0.01;
    if (hidden && this.view.peek().view === 'flame') this.fit(model.tree.parent[node] ?? 0);
  }

  openSandwich(name: string): void {
    this.change({ view: 'sandwich', sandwich: name }, 'push');
  }

  /** Shows a part of the width. A step that Back undoes. */
  zoomTo(span: Span): void {
    const all = span.left <= 0 && span.right >= 1;
    batch(() => {
      this.marked.value = undefined;
      if (all) this.change({ zoom: [], range: undefined }, 'push');
      else this.change({ range: [span.left, span.right] }, 'push');
    });
  }
}
