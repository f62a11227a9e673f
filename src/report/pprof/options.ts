/** What a pprof report is asked for; the driver's config after all its rules were applied. */
import type { Matcher } from '../../profile/regexp.ts';

export type ReportFormat =
  | 'callgrind'
  | 'comments'
  | 'csv'
  | 'disasm'
  | 'dot'
  | 'flamegraph'
  | 'folded'
  | 'html'
  | 'json'
  | 'list'
  | 'proto'
  | 'raw'
  | 'tags'
  | 'text'
  | 'topproto'
  | 'traces'
  | 'tree'
  | 'weblist';

/** Which attributes of a frame stay apart; what is false is merged away (profile.Aggregate). */
export interface Detail {
  readonly inlines: boolean;
  readonly functions: boolean;
  readonly filenames: boolean;
  readonly lines: boolean;
  readonly columns: boolean;
  readonly addresses: boolean;
}

export interface ReportOptions {
  readonly format: ReportFormat;
  readonly detail: Detail;
  readonly cumSort: boolean;
  readonly callTree: boolean;
  readonly dropNegative: boolean;
  readonly compactLabels: boolean;
  /** Values are multiplied by it when printed; 1 / divide_by. */
  readonly ratio: number;
  /** Name of the graph: base name of the main binary, or ''. */
  readonly title: string;
  /** `option=value` of every filter in force. */
  readonly activeFilters: readonly string[];
  readonly numLabelUnits: ReadonlyMap<string, string>;
  /** 0 = all. */
  readonly nodeCount: number;
  readonly nodeFraction: number;
  readonly edgeFraction: number;
  /** Column of values; with `mean`, divided by column 0. */
  readonly sampleIndex: number;
  readonly mean: boolean;
  readonly sampleType: string;
  readonly sampleUnit: string;
  /** 'minimum', 'auto', or a unit. */
  readonly outputUnit: string;
  /** What list, peek, weblist and disasm look for. */
  readonly symbol: { readonly text: string; readonly matches: Matcher } | undefined;
  readonly sourcePath: string;
  readonly trimPath: string;
}
