/**
 * The one data interface of the profile panel. It has two sides: a server's /api/v1 (server.ts) and
 * a dropped file that a worker decodes (file.ts). The panel does not know which one it has.
 *
 * Every call may be aborted and rejects then with the signal's reason. A `UserError` carries what a
 * person reads; anything else is a bug.
 */
import type { WireAssembly, WireCallGraph, WirePeek, WireSource } from '../../api/pprofpage.ts';
import type { Findings, Labels, WireProfileInfo } from '../../api/wire.ts';
import type { GroupBy } from '../../goroutines/cluster.ts';
import type { DumpView } from '../../goroutines/dump-view.ts';
import type { PageOptions } from '../../report/pprof/pagesettings.ts';
import type { LabelTable } from '../../report/reading/labeltable.ts';
import type { HeatMap, TimeSpan } from '../../report/reading/moments.ts';
import type { Note } from '../../report/reading/note.ts';
import type { WhoTable } from '../../report/reading/who.ts';
import type { ProfileTree } from './tree.ts';

export interface ProfileTypeInfo {
  /** 'cpu', 'heap', … */
  readonly type: string;
  /** The first is the one shown unless told otherwise. */
  readonly sampleTypes: readonly { readonly type: string; readonly unit: string }[];
  /** How many profiles of the type there are. */
  readonly profiles: number;
}

export interface TreeQuery {
  readonly type: string;
  /** '' = the type's default. */
  readonly sample: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly inverted: boolean;
  /** 'lines' keeps the lines of a function apart; functions unless set. */
  readonly granularity?: 'functions' | 'lines';
  /** Unix milliseconds; undefined = all there is. */
  readonly range: { readonly from: number; readonly to: number } | undefined;
  /** A label whose values become the outermost frames; none unless set. `samples` alone takes it. */
  readonly groupBy?: string;
  /** Readings of a moment that were added up in the only file; its values are divided by it. */
  readonly readings?: number;
  /** Part of the time that the samples themselves tell. `samples` alone takes it. */
  readonly within?: TimeSpan;
  /** pprof's filters and options, for a source that applies them itself (`refines`). */
  readonly options?: PageOptions;
  /** Frame names from the root to what fills the width: below it, more is asked for. */
  readonly zoom?: readonly string[];
}

/** Asks for the goroutines of one dump, and how their groups fared in all of the range. */
export interface DumpQuery {
  readonly type: string;
  readonly range: { readonly from: number; readonly to: number } | undefined;
  /** Counted from 0; -1 = the last. */
  readonly dump: number;
  readonly by: GroupBy;
}

export interface DiffQuery extends TreeQuery {
  readonly base: { readonly from: number; readonly to: number };
  /** Labels of the base side; the same as `labels` unless label sets are compared. */
  readonly baseLabels: Readonly<Record<string, string>>;
}

/** What only the samples can tell, not a tree of them. */
export interface SampleQuestions {
  /** Takes `groupBy` and `within` too. */
  tree(query: TreeQuery, signal: AbortSignal): Promise<ProfileTree>;
  diff(query: DiffQuery, signal: AbortSignal): Promise<ProfileTree>;
  /** What must be known to read the profile; cautions first. */
  notes(query: TreeQuery, signal: AbortSignal): Promise<readonly Note[]>;
  who(query: TreeQuery, ownModules: readonly string[], signal: AbortSignal): Promise<WhoTable>;
  labelTable(query: TreeQuery, signal: AbortSignal): Promise<LabelTable>;
  /** undefined = the samples do not tell their time. */
  heatMap(query: TreeQuery, signal: AbortSignal): Promise<HeatMap | undefined>;
}

/** Views that need the profile itself, not only its call tree. */
export interface ProfileReports {
  /** undefined = there is no Graphviz to lay it out. */
  readonly graph: ((query: TreeQuery, signal: AbortSignal) => Promise<WireCallGraph>) | undefined;
  /** Callers and callees of the functions that the RE2 pattern matches. */
  peek(query: TreeQuery, symbol: string, signal: AbortSignal): Promise<WirePeek>;
  /** What reads source files and binaries; undefined = nothing can. */
  readonly code:
    | {
        source(query: TreeQuery, symbol: string, signal: AbortSignal): Promise<WireSource>;
        disasm(query: TreeQuery, symbol: string, signal: AbortSignal): Promise<WireAssembly>;
      }
    | undefined;
}

export interface ProfileSource {
  readonly kind: 'server' | 'file';
  /** True when it applies `TreeQuery.options` to whole samples; else the panel filters its tree. */
  readonly refines?: boolean;
  /** True when there is one profile: nothing to put side by side. */
  readonly single?: boolean;
  readonly reports?: ProfileReports;
  /** What a person calls it: the service, or the file. */
  readonly title: string;
  types(signal: AbortSignal): Promise<readonly ProfileTypeInfo[]>;
  tree(query: TreeQuery, signal: AbortSignal): Promise<ProfileTree>;
  diff(query: DiffQuery, signal: AbortSignal): Promise<ProfileTree>;
  /** One tree for each moment: that of the capture nearest to it. */
  snapshots(
    query: TreeQuery,
    at: readonly number[],
    signal: AbortSignal,
  ): Promise<readonly ProfileTree[]>;
  /** Label keys, and the values of `key` with their totals; `key` '' = keys alone. */
  labels(query: TreeQuery, key: string, signal: AbortSignal): Promise<Labels>;
  /** The single captures of the type in the range, ascending by start. */
  captures(query: TreeQuery, signal: AbortSignal): Promise<readonly WireProfileInfo[]>;
  findings(
    range: { readonly from: number; readonly to: number } | undefined,
    signal: AbortSignal,
  ): Promise<Findings>;
  /** The merged profile as gzipped pprof, to save. */
  download(query: TreeQuery, signal: AbortSignal): Promise<Blob>;
  /** Missing = it keeps profiles alone; goroutines are read from its captures then. */
  goroutines?(query: DumpQuery, signal: AbortSignal): Promise<DumpView | undefined>;
  /** Missing = the source knows no samples; its merged profile has to be downloaded for them. */
  readonly samples?: SampleQuestions;
  /** Gives back what the source holds (a worker); it must not be asked any more. */
  close(): void;
}
