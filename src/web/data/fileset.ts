/**
 * Dropped files behind the questions of the data interface: what the worker answers with.
 *
 * The same pure rooms as in the server, over whole profiles in memory: no store, no network, no
 * files. Several files of one type are one profile over their range, as captures of a service are.
 * Cost: decoding once; a tree is one pass over the samples.
 */
import { findingsOf } from '../../api/filefindings.ts';
import type { WireCallGraph, WirePeek } from '../../api/pprofpage.ts';
import type { Findings, Labels, WireProfileInfo } from '../../api/wire.ts';
import { UserError } from '../../base/errors.ts';
import type { FindingsReport } from '../../explain/finding.ts';
import type { Observation, ObservedDump } from '../../explain/observation.ts';
import { type Decompressors, decompress } from '../../formats/compression.ts';
import { encodePprof } from '../../formats/pprof.ts';
import { type DumpView, dumpView } from '../../goroutines/dump-view.ts';
import type { Dump } from '../../goroutines/dumps.ts';
import { openProfile } from '../../open/open.ts';
import { sniff } from '../../open/sniff.ts';
import type { CallTree } from '../../profile/calltree.ts';
import { diffCallTrees } from '../../profile/difftree.ts';
import { filterProfile } from '../../profile/filter.ts';
import { isInstant } from '../../profile/instant.ts';
import { labelTotals } from '../../profile/labeltotals.ts';
import { mergeProfiles } from '../../profile/merge.ts';
import { defaultSampleIndex, type Profile, sampleIndexOf } from '../../profile/profile.ts';
import { subtractBase } from '../../report/pprof/combine.ts';
import { type ReportRequest, type ReportSettings, reportOf } from '../../report/pprof/filtered.ts';
import { flameTree, foldFlame } from '../../report/pprof/flametree.ts';
import { callGraphOf, peekOf } from '../../report/pprof/graphmodel.ts';
import { type PageOptions, settingsOf } from '../../report/pprof/pagesettings.ts';
import { sidesOf } from '../../report/reading/base.ts';
import { groupedByLabel } from '../../report/reading/grouped.ts';
import { profileKind } from '../../report/reading/kind.ts';
import { type LabelTable, labelTable } from '../../report/reading/labeltable.ts';
import { type HeatMap, heatMap, withinSpan } from '../../report/reading/moments.ts';
import type { Note } from '../../report/reading/note.ts';
import { readProfile } from '../../report/reading/read.ts';
import { type WhoTable, whoTable } from '../../report/reading/who.ts';
import { dumpOfProfile, entriesOfDump } from './dumpset.ts';
import type { DiffQuery, DumpQuery, ProfileTypeInfo, TreeQuery } from './source.ts';
import type { Coverage, ProfileTree } from './tree.ts';

export interface DroppedFile {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Unix milliseconds of the last change: the time of profiles that have none. */
  readonly modified: number;
}

interface Entry {
  readonly name: string;
  readonly type: string;
  /** Unix milliseconds. */
  readonly start: number;
  readonly durationMs: number;
  readonly profile: Profile;
  /** What the file itself compares with, as pprof -diff_base writes it. */
  readonly base: Profile | undefined;
  /** Of goroutine dumps and profiles: its goroutines, for what a profile does not know of them. */
  readonly dump: Dump | undefined;
  /** Of a dump, for the diagnoses. */
  readonly observed?: ObservedDump | undefined;
}

/** The report that a flame graph is made of. */
const FLAME: ReportRequest = { command: 'svg', format: 'dot', parameter: undefined };
const MAX_PEEKED = 50;
/** Both sides of a comparison, with filters and without. */
const MERGED_KEPT = 4;

/** Profiles above this size lose nodes that could not be seen at a zoom of twenty. */
const MANY_SAMPLES = 100_000;
const MIN_SHARE = 1 / 50_000;

function openFile({ name, bytes, modified }: DroppedFile, decompressors: Decompressors): Entry[] {
  const plain = decompress(bytes, decompressors);
  if (sniff(plain).kind === 'goroutines') {
    const of = { name, type: 'goroutine', durationMs: 0, base: undefined };
    return entriesOfDump(plain, modified).map((entry) => ({ ...of, ...entry }));
  }
  const opened = openProfile(plain, name, decompressors, { timestamps: true });
  const { own: profile, base } = sidesOf(opened.profile);
  const type = profileKind(profile, name);
  const start = profile.timeNanos > 0n ? Number(profile.timeNanos / 1_000_000n) : modified;
  const durationMs = Number(profile.durationNanos) / 1e6;
  return [{ name, type, start, durationMs, profile, base, dump: dumpOfProfile(profile) }];
}

export class FileSet {
  private readonly entries: readonly Entry[];
  private readonly explain: (observation: Observation) => FindingsReport;
  /** The last merged profiles: switching between sample types and filters asks for them again. */
  private readonly merged = new Map<string, Profile>();

  /** Throws `UserError` or `DecodeError` when a file is none that whygo reads, or damaged. */
  constructor(
    files: readonly DroppedFile[],
    decompressors: Decompressors,
    explain: (observation: Observation) => FindingsReport,
    bases: readonly DroppedFile[] = [],
  ) {
    const open = (file: DroppedFile) => openFile(file, decompressors);
    const entries = files.flatMap(open).sort((a, b) => a.start - b.start);
    this.entries = withBases(entries, bases.flatMap(open));
    this.explain = explain;
  }

  types(): readonly ProfileTypeInfo[] {
    const byType = Map.groupBy(this.entries, ({ type }) => type);
    return [...byType].map(([type, entries]) => {
      const profile = entries[0]?.profile;
      const sampleTypes = [...(profile?.sampleTypes ?? [])];
      const first = profile === undefined ? 0 : defaultSampleIndex(profile);
      // The default comes first, as the interface says.
      sampleTypes.unshift(...sampleTypes.splice(first, 1));
      return { type, sampleTypes, profiles: entries.length };
    });
  }

  tree(query: TreeQuery): ProfileTree {
    const entries = this.entriesOf(query);
    const { tree, sampleType } = this.build(query, entries);
    const coverage = coverageOf(entries);
    const grandTotal = this.grandTotal(query, entries);
    const shown = {
      service: '',
      type: query.type,
      sampleType,
      coverage,
      tree,
      base: undefined,
      grandTotal,
      warnings: this.warningsOf(query, entries),
    };
    if (entries.every(({ base }) => base === undefined)) return shown;
    const before = this.build(query, entries, 'base').tree;
    // How long the base was recorded is not in the file.
    return withBase(shown, before, { ...coverage, durationMs: 0 });
  }

  /** Of everything before pprof's filters, unless shares are to be of what they leave. */
  private grandTotal(query: TreeQuery, entries: readonly Entry[]): number {
    const relative = settingsOf(query.options ?? {}).relative_percentages;
    const { options: _, ...whole } = query;
    const asked = relative ? query : whole;
    const { profile, sampleIndex, divideBy } = this.columnOf(asked, entries);
    let sum = 0;
    for (const value of profile.samples.values[sampleIndex] ?? []) sum += Number(value);
    return sum / divideBy;
  }

  /** Of filters that match nothing. */
  private warningsOf({ options, ...whole }: TreeQuery, entries: readonly Entry[]) {
    if (options === undefined || !changesAnything(options)) return [];
    return refined(this.profileOf(whole, entries), options).warnings;
  }

  diff(query: DiffQuery): ProfileTree {
    const baseQuery = { ...query, range: query.base, labels: query.baseLabels };
    const baseEntries = this.entriesOf(baseQuery);
    const base = this.build(baseQuery, baseEntries);
    return withBase(this.tree(query), base.tree, coverageOf(baseEntries));
  }

  snapshots(query: TreeQuery, at: readonly number[]): readonly ProfileTree[] {
    const entries = this.entries.filter(({ type }) => type === query.type);
    const nearest = at.map((moment) =>
      entries.reduce<Entry | undefined>((best, entry) => {
        const closer = Math.abs(entry.start - moment) < Math.abs((best?.start ?? 0) - moment);
        return best === undefined || closer ? entry : best;
      }, undefined),
    );
    return nearest
      .filter((entry) => entry !== undefined)
      .map(({ start }) => this.tree({ ...query, range: { from: start, to: start + 1 } }));
  }

  labels(query: TreeQuery, key: string): Labels {
    const profile = this.profileOf(query, this.entriesOf(query));
    return labelTotals(profile, sampleIndexFor(profile, query.sample), key);
  }

  captures(query: TreeQuery): readonly WireProfileInfo[] {
    return this.entries
      .filter(({ type }) => type === query.type)
      .map(({ name, type, start, durationMs, profile }) => ({
        id: name,
        service: '',
        labels: {},
        type,
        start,
        durationMs,
        samples: profile.samples.length,
      }));
  }

  /** How to read a profile does not depend on what is looked at: “idle” is of all samples. */
  notes({ options: _, within: __, ...asked }: TreeQuery): readonly Note[] {
    const query = { ...asked, labels: {} };
    const entries = this.entriesOf(query);
    const { profile, sampleIndex } = this.columnOf(query, entries);
    const { profiles: files, durationMs } = coverageOf(entries);
    const profiles = query.readings ?? files;
    const leftOutTypes = leftOut(entries, profile);
    return readProfile(profile, query.type, sampleIndex, { profiles, durationMs, leftOutTypes });
  }

  who(query: TreeQuery, ownModules: readonly string[]): WhoTable {
    const { profile, sampleIndex, divideBy } = this.columnOf(query, this.entriesOf(query));
    return whoTable(profile, { kind: query.type, sampleIndex, ownModules, divideBy });
  }

  labelTable(query: TreeQuery): LabelTable {
    const { profile, sampleIndex, divideBy } = this.columnOf(query, this.entriesOf(query));
    return labelTable(profile, sampleIndex, divideBy);
  }

  /** Of the whole time, whichever part of it is looked at. */
  heatMap({ within: _, ...query }: TreeQuery): HeatMap | undefined {
    const { profile, sampleIndex } = this.columnOf(query, this.entriesOf(query));
    return heatMap(profile, sampleIndex);
  }

  /** undefined = files of that type hold no goroutines. */
  goroutines({ type, range, dump, by }: DumpQuery): DumpView | undefined {
    const dumps = this.entries
      .filter((entry) => entry.type === type)
      .filter(({ start }) => range === undefined || (start >= range.from && start < range.to))
      .map((entry) => entry.dump)
      .filter((one) => one !== undefined);
    return dumps.length === 0 ? undefined : dumpView(dumps, dump, by);
  }

  findings(): Findings {
    return findingsOf(this.entries, this.explain);
  }

  /** The merged profile as pprof proto, not compressed. */
  encode(query: TreeQuery): Uint8Array<ArrayBuffer> {
    const entries = this.entriesOf(query);
    const own = this.profileOf(query, entries);
    if (entries.every(({ base }) => base === undefined)) return encodePprof(own);
    return encodePprof(subtractBase(own, this.profileOf(query, entries, 'base'), true));
  }

  private entriesOf({ type, range }: TreeQuery): readonly Entry[] {
    const entries = this.entries.filter(
      (entry) =>
        entry.type === type &&
        (range === undefined || (entry.start >= range.from && entry.start < range.to)),
    );
    if (entries.length > 0) return entries;
    throw new UserError(
      'no-profiles',
      `No file holds a profile of type “${type}” in this range`,
      'Show another type, or the whole range',
    );
  }

  graph(query: TreeQuery): WireCallGraph {
    const { report, warnings } = this.reportOf(query, { command: 'svg', format: 'dot' });
    return { ...callGraphOf(report), warnings };
  }

  peek(query: TreeQuery, symbol: string): WirePeek {
    const asked = { command: 'peek', format: 'tree', parameter: symbol } as const;
    const { report, warnings } = this.reportOf(query, asked);
    return { ...peekOf(report, MAX_PEEKED), warnings };
  }

  /** A report of both sides, as pprof makes it of a difference. */
  private reportOf(
    query: TreeQuery,
    request: Omit<ReportRequest, 'parameter'> & Partial<ReportRequest>,
  ) {
    const { options: _, ...whole } = query;
    const entries = this.entriesOf(query);
    const own = this.profileOf(whole, entries);
    const hasBase = entries.some(({ base }) => base !== undefined);
    const profile = hasBase ? subtractBase(own, this.profileOf(whole, entries, 'base'), true) : own;
    const { sampleType, divideBy } = this.columnOf(whole, entries);
    const settings = {
      ...settingsOf(query.options ?? {}),
      sample_index: sampleType,
      divide_by: divideBy,
    };
    return madeReport(profile, { parameter: undefined, ...request }, settings);
  }

  private profileOf(
    query: TreeQuery,
    entries: readonly Entry[],
    side: 'profile' | 'base' = 'profile',
  ): Profile {
    const { within, options } = query;
    const key = JSON.stringify([side, query.type, query.range, query.labels, within, options]);
    const known = this.merged.get(key);
    if (known !== undefined) return known;
    const profiles = entries.map((entry) => entry[side]).filter((one) => one !== undefined);
    const whole =
      profiles.length === 1 && profiles[0] !== undefined
        ? profiles[0]
        : mergeProfiles(profiles, { commonSampleTypes: true });
    const labelled = filterProfile(whole, { labels: query.labels });
    const timed = within === undefined ? labelled : withinSpan(labelled, within);
    const changes = options !== undefined && changesAnything(options);
    const profile = changes ? refined(timed, options).profile : timed;
    const [oldest] = this.merged.keys();
    if (this.merged.size >= MERGED_KEPT && oldest !== undefined) this.merged.delete(oldest);
    this.merged.set(key, profile);
    return profile;
  }

  /** The asked column of the asked profile, and what its values are divided by. */
  private columnOf(query: TreeQuery, entries: readonly Entry[], side?: 'profile' | 'base') {
    const profile = this.profileOf(query, entries, side);
    const sampleIndex = sampleIndexFor(profile, query.sample);
    const sampleType = profile.sampleTypes[sampleIndex]?.type ?? '';
    const readings = query.readings ?? entries.length;
    const divideBy = isInstant(query.type, sampleType) ? readings : 1;
    return { profile, sampleIndex, sampleType, divideBy };
  }

  private build(query: TreeQuery, entries: readonly Entry[], side?: 'profile' | 'base') {
    const { profile, sampleIndex, sampleType, divideBy } = this.columnOf(query, entries, side);
    const { groupBy = '', granularity, options } = query;
    const { g = granularity ?? '', noinlines = '' } = options ?? {};
    const { report } = madeReport(
      groupBy === '' ? profile : groupedByLabel(profile, groupBy),
      FLAME,
      // The filters were applied already.
      { ...settingsOf({ g, noinlines }), sample_index: `${sampleIndex}`, divide_by: divideBy },
    );
    const minShare = profile.samples.length > MANY_SAMPLES ? MIN_SHARE : 0;
    const limits = { minShare, maxNodes: Number.POSITIVE_INFINITY, zoom: [] };
    return { tree: flameTree(foldFlame(report, query.inverted), limits).tree, sampleType };
  }
}

/** Times are told elsewhere on the page; pprof prints them in graphs alone. */
function noTime(): string {
  return '';
}

function madeReport(profile: Profile, request: ReportRequest, settings: ReportSettings) {
  const warnings: string[] = [];
  const message = (text: string) => void warnings.push(text);
  return {
    report: reportOf(profile, request, settings, { formatTime: noTime, message }),
    warnings,
  };
}

function changesAnything(options: PageOptions): boolean {
  return Object.values(options).some((value) => value !== '');
}

/** The profile after pprof's filters, with labels as frames where they are asked for. */
function refined(profile: Profile, { si: _, ...options }: PageOptions) {
  const { report, warnings } = madeReport(profile, FLAME, settingsOf(options));
  return { profile: report.profile, warnings };
}

/** Each base beside the first profile of its type. Throws `UserError` when there is none. */
function withBases(entries: readonly Entry[], bases: readonly Entry[]): readonly Entry[] {
  const byType = Map.groupBy(bases, ({ type }) => type);
  const paired = entries.map((entry) => {
    const same = byType.get(entry.type);
    if (same === undefined) return entry;
    byType.delete(entry.type);
    const profiles = same.map(({ profile }) => profile);
    return { ...entry, base: mergeProfiles(profiles, { commonSampleTypes: true }) };
  });
  const [alone] = byType.keys();
  if (alone === undefined) return paired;
  throw new UserError(
    'incompatible-profiles',
    `A profile of type “${alone}” cannot be compared with one of type “${entries[0]?.type ?? ''}”`,
    'Drop one of the same type',
  );
}

/** A tree with the values of another beside its own. */
function withBase(shown: ProfileTree, before: CallTree, coverage: Coverage): ProfileTree {
  const { baseSelf, baseTotal, ...tree } = diffCallTrees(before, shown.tree);
  return { ...shown, tree, base: { coverage, self: baseSelf, total: baseTotal } };
}

/** Sample types that some of the profiles have and the merged one has not. */
function leftOut(entries: readonly Entry[], merged: Profile): string[] {
  const kept = new Set(merged.sampleTypes.map(({ type }) => type));
  const all = entries.flatMap(({ profile }) => profile.sampleTypes.map(({ type }) => type));
  return [...new Set(all)].filter((type) => !kept.has(type));
}

function coverageOf(entries: readonly Entry[]): Coverage {
  return {
    from: Math.min(...entries.map(({ start }) => start)),
    to: Math.max(...entries.map(({ start, durationMs }) => start + durationMs)),
    profiles: entries.length,
    durationMs: entries.reduce((sum, { durationMs }) => sum + durationMs, 0),
  };
}

/** The sample type of that name, else the profile's default. */
function sampleIndexFor(profile: Profile, sample: string): number {
  const named = sample === '' ? -1 : sampleIndexOf(profile, sample);
  return named >= 0 ? named : defaultSampleIndex(profile);
}
