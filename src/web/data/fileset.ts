/**
 * Dropped files behind the questions of the data interface: what the worker answers with.
 *
 * The same pure rooms as in the server, over whole profiles in memory: no store, no network, no
 * files. Several files of one type are one profile over their range, as captures of a service are.
 * Cost: decoding once; a tree is one pass over the samples.
 */
import type { Findings, Labels, WireProfileInfo } from '../../api/wire.ts';
import { UserError } from '../../base/errors.ts';
import type { FindingsReport } from '../../explain/finding.ts';
import type { Capture, Observation } from '../../explain/observation.ts';
import type { Decompressors } from '../../formats/compression.ts';
import { encodePprof } from '../../formats/pprof.ts';
import { openBytes } from '../../open/open.ts';
import { buildCallTree, type CallTree } from '../../profile/calltree.ts';
import { diffCallTrees } from '../../profile/difftree.ts';
import { filterProfile } from '../../profile/filter.ts';
import { isInstant } from '../../profile/instant.ts';
import { labelsOf } from '../../profile/labels.ts';
import { mergeProfiles } from '../../profile/merge.ts';
import { defaultSampleIndex, type Profile, sampleIndexOf } from '../../profile/profile.ts';
import { subtractBase } from '../../report/pprof/combine.ts';
import { sidesOf } from '../../report/reading/base.ts';
import { groupedByLabel } from '../../report/reading/grouped.ts';
import { profileKind } from '../../report/reading/kind.ts';
import { type LabelTable, labelTable } from '../../report/reading/labeltable.ts';
import { type HeatMap, heatMap, withinSpan } from '../../report/reading/moments.ts';
import type { Note } from '../../report/reading/note.ts';
import { readProfile } from '../../report/reading/read.ts';
import { type WhoTable, whoTable } from '../../report/reading/who.ts';
import type { DiffQuery, ProfileTypeInfo, TreeQuery } from './source.ts';
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
}

/** Profiles above this size lose nodes that could not be seen at a zoom of twenty. */
const MANY_SAMPLES = 100_000;
const MIN_SHARE = 1 / 50_000;

function openFile(file: DroppedFile, decompressors: Decompressors): Entry {
  const nanos = BigInt(Math.round(file.modified)) * 1_000_000n;
  const opened = openBytes(file.bytes, file.name, decompressors, nanos);
  if (opened.kind !== 'profile') throw notAProfile(file.name, opened.kind);
  const { own: profile, base } = sidesOf(opened.profile);
  const type = profileKind(profile, file.name);
  const start = profile.timeNanos > 0n ? Number(profile.timeNanos / 1_000_000n) : file.modified;
  const durationMs = Number(profile.durationNanos) / 1e6;
  return { name: file.name, type, start, durationMs, profile, base };
}

function notAProfile(name: string, kind: 'trace' | 'goroutines' | 'metrics'): UserError {
  const what = {
    trace: ['is an execution trace', `Open it with: go tool trace ${name}`],
    goroutines: [
      'is a goroutine dump',
      'Save /debug/pprof/goroutine without ?debug, and drop that',
    ],
    metrics: ['holds metrics, not a profile', `Read it with: whygo metrics ${name}`],
  }[kind];
  return new UserError('not-a-profile', `${name} ${what[0]}`, what[1] ?? '');
}

export class FileSet {
  private readonly entries: readonly Entry[];
  private readonly explain: (observation: Observation) => FindingsReport;
  /** The last merged profile: switching between sample types and filters asks for it again. */
  private merged: { readonly key: string; readonly profile: Profile } | undefined;

  /** Throws `UserError` or `DecodeError` when a file is none that whygo reads, or damaged. */
  constructor(
    files: readonly DroppedFile[],
    decompressors: Decompressors,
    explain: (observation: Observation) => FindingsReport,
  ) {
    this.entries = files
      .map((file) => openFile(file, decompressors))
      .sort((a, b) => a.start - b.start);
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
    const shown = { service: '', type: query.type, sampleType, coverage, tree, base: undefined };
    if (entries.every(({ base }) => base === undefined)) return shown;
    const before = this.build(query, entries, 'base').tree;
    // How long the base was recorded is not in the file.
    return withBase(shown, before, { ...coverage, durationMs: 0 });
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
    const values = profile.samples.values[sampleIndexFor(profile, query.sample)];
    const perSet = new Float64Array(profile.labelSets.length);
    for (let sample = 0; sample < profile.samples.length; sample++) {
      const set = profile.samples.labelSet[sample] ?? 0;
      perSet[set] = (perSet[set] ?? 0) + Number(values?.[sample] ?? 0);
    }
    const keys = new Set<string>();
    const totals = new Map<string, number>();
    for (let set = 0; set < perSet.length; set++) {
      const labels = labelsOf(profile, set);
      for (const label of labels) keys.add(label.key);
      const label = labels.find((candidate) => candidate.key === key);
      const value = label === undefined ? '' : 'text' in label ? label.text : `${label.number}`;
      totals.set(value, (totals.get(value) ?? 0) + (perSet[set] ?? 0));
    }
    const sorted = [...totals].map(([value, total]) => ({ value, total }));
    return {
      keys: [...keys].sort(),
      values:
        key === ''
          ? []
          : sorted.filter(({ total }) => total !== 0).sort((a, b) => b.total - a.total),
    };
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

  notes(query: TreeQuery): readonly Note[] {
    const entries = this.entriesOf(query);
    const { profile, sampleIndex } = this.columnOf(query, entries);
    const { profiles, durationMs } = coverageOf(entries);
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

  findings(): Findings {
    const times = this.entries.flatMap(({ start, durationMs }) => [start, start + durationMs]);
    const from = Math.min(...times);
    const to = Math.max(...times);
    const nanos = (ms: number) => BigInt(Math.round(ms)) * 1_000_000n;
    const report = this.explain({
      target: this.entries.map(({ name }) => name).join(', '),
      fromNanos: nanos(from),
      toNanos: nanos(to),
      captures: this.entries.map(captureOf),
      metrics: [],
      ownModules: [],
      missing: [],
    });
    // The wire's lists are mutable; the report's are not.
    const place = ({
      where,
      evidence,
      counterEvidence,
      ...rest
    }: FindingsReport['findings'][number]) => ({
      ...rest,
      service: '',
      at: to,
      from,
      to,
      where: [...where],
      evidence: evidence.map((item) => ({ ...item, stack: item.stack && [...item.stack] })),
      counterEvidence: counterEvidence.map((item) => ({
        ...item,
        stack: item.stack && [...item.stack],
      })),
    });
    return { findings: report.findings.map(place), notMeasurable: [...report.notMeasurable] };
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

  private profileOf(
    query: TreeQuery,
    entries: readonly Entry[],
    side: 'profile' | 'base' = 'profile',
  ): Profile {
    const { within, options } = query;
    const key = JSON.stringify([side, query.type, query.range, query.labels, within, options]);
    if (this.merged?.key === key) return this.merged.profile;
    const profiles = entries.map((entry) => entry[side]).filter((one) => one !== undefined);
    const whole =
      profiles.length === 1 && profiles[0] !== undefined
        ? profiles[0]
        : mergeProfiles(profiles, { commonSampleTypes: true });
    const { f: focus, i: ignore, h: hide, s: show } = options ?? {};
    const filtered = filterProfile(whole, { labels: query.labels, focus, ignore, hide, show });
    const profile = within === undefined ? filtered : withinSpan(filtered, within);
    this.merged = { key, profile };
    return profile;
  }

  /** The asked column of the asked profile, and what its values are divided by. */
  private columnOf(query: TreeQuery, entries: readonly Entry[], side?: 'profile' | 'base') {
    const profile = this.profileOf(query, entries, side);
    const sampleIndex = sampleIndexFor(profile, query.sample);
    const sampleType = profile.sampleTypes[sampleIndex]?.type ?? '';
    const divideBy = isInstant(query.type, sampleType) ? entries.length : 1;
    return { profile, sampleIndex, sampleType, divideBy };
  }

  private build(query: TreeQuery, entries: readonly Entry[], side?: 'profile' | 'base') {
    const { profile, sampleIndex, sampleType, divideBy } = this.columnOf(query, entries, side);
    const { groupBy = '' } = query;
    const tree = buildCallTree(groupBy === '' ? profile : groupedByLabel(profile, groupBy), {
      sampleIndex,
      inverted: query.inverted,
      granularity: query.granularity ?? 'functions',
      minShare: profile.samples.length > MANY_SAMPLES ? MIN_SHARE : 0,
      divideBy,
    });
    return { tree, sampleType };
  }
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

function captureOf({ type, start, durationMs, profile }: Entry): Capture {
  return {
    type,
    startNanos: BigInt(Math.round(start)) * 1_000_000n,
    durationNanos: BigInt(Math.round(durationMs)) * 1_000_000n,
    profile,
    // net/http/pprof's ?seconds= writes the growth and its duration; else it is since the start.
    delta: type !== 'cpu' && durationMs > 0,
    forcedGc: false,
  };
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
