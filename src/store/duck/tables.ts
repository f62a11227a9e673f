/**
 * Tables of the embedded engine as data: their columns, and batches of rows on the way into them.
 *
 * A batch is what the journal writes and what the database appends: columns of plain typed arrays,
 * so that neither makes an object per row. Knows no SQL engine.
 *
 * The catalog database holds what is small and kept long (who, when, symbols, dictionaries); the hot
 * database holds the samples and metric values of hours that are still open. Both are written by one
 * process, so ids are dense numbers given out in memory: four bytes instead of an incompressible
 * eight-byte hash in every sample (measured: 1.7 kB instead of 8 kB per fresh profile of 413
 * samples).
 */

export type DatabaseName = 'catalog' | 'hot';
export type ColumnType = 'u32' | 'i64' | 'f64' | 'text' | 'blob';

/** Unsigned 64-bit values travel in `i64` columns with their bits unchanged. */
export type ColumnData =
  | Uint32Array
  | BigInt64Array
  | Float64Array
  | readonly string[]
  | readonly Uint8Array[];

export interface Column {
  readonly name: string;
  readonly type: ColumnType;
}

export interface Table {
  readonly database: DatabaseName | 'temp';
  readonly name: string;
  readonly columns: readonly Column[];
}

export interface Batch {
  readonly table: Table;
  readonly length: number;
  /** One entry a column of the table, each of `length` values. */
  readonly columns: readonly ColumnData[];
}

function table(database: DatabaseName, name: string, columns: string): Table {
  return {
    database,
    name,
    columns: columns.split(' ').map((column) => {
      const [columnName = '', type] = column.split(':');
      return { name: columnName, type: columnType(type) };
    }),
  };
}

function columnType(type: string | undefined): ColumnType {
  switch (type) {
    case 'i64':
    case 'f64':
    case 'text':
    case 'blob':
      return type;
    default:
      return 'u32';
  }
}

/** Texts by kind and id: series, headers, modules, label sets, metric names, histogram bounds. */
export const DICTIONARY = table('catalog', 'dictionary', 'kind:u32 id:u32 text:text');

export const FUNCTIONS = table(
  'catalog',
  'functions',
  'id:u32 name:text system_name:text file:text start_line:i64',
);

/** A function at a line and column; `function` 0 = unknown. */
export const LINES = table('catalog', 'lines', 'id:u32 function:u32 line:i64 col:i64');

/** What a location shows: its innermost line, and the frame it was inlined into (0 = none). */
export const FRAMES = table('catalog', 'frames', 'id:u32 line:u32 inlined_into:u32');

/** `address` is relative to `module` where that has a build; `frame` 0 = not symbolized. */
export const LOCATIONS = table(
  'catalog',
  'locations',
  'id:u32 module:u32 address:i64 frame:u32 folded:u32',
);

/** Stacks as parent-pointer trees: a node is its location called by its parent's stack. */
export const NODES = table('catalog', 'nodes', 'id:u32 parent:u32 location:u32');

/**
 * `captured`, `length` and `period` are the profile's own; `start` and `duration` the record's.
 * `segment` 0 = its samples are hot. `pack_bytes` 0 = no original was kept.
 */
export const PROFILES = table(
  'catalog',
  'profiles',
  'id:u32 series:u32 service:u32 header:u32 start:i64 duration:i64 captured:i64 length:i64 ' +
    'period:i64 samples:u32 width:u32 hour:u32 segment:u32 pack_offset:i64 pack_bytes:u32',
);

/** Sum of each sample type of each profile: what a timeline reads instead of samples. */
export const TOTALS = table('catalog', 'totals', 'profile:u32 slot:u32 total:f64');

export const SNAPSHOTS = table(
  'catalog',
  'snapshots',
  'id:u32 series:u32 time:i64 source:u32 go_version:u32 process_start:i64 gomaxprocs:u32 ' +
    'hour:u32 segment:u32',
);

export const FINDINGS = table(
  'catalog',
  'findings',
  'series:u32 found_at:i64 range_from:i64 range_to:i64 finding:text',
);

/** Parquet files that are part of the store; `kind` is the hot table they came from. */
export const SEGMENTS = table(
  'catalog',
  'segments',
  'id:u32 kind:text type:text hour:u32 file:text bytes:i64 row_count:i64',
);

export const SCALARS = table('hot', 'scalars', 'snapshot:u32 name:u32 value:f64');

/** `counts` is sparse, see histograms.ts; `bounds` is in the dictionary. */
export const HISTOGRAMS = table(
  'hot',
  'histograms',
  'snapshot:u32 name:u32 bounds:u32 counts:blob',
);

function valueColumns(width: number): string {
  return Array.from({ length: width }, (_, slot) => ` v${slot}:i64`).join('');
}

/** Samples of the profiles with `width` sample types. */
export function samplesTable(width: number): Table {
  return table(
    'hot',
    `samples_${width}`,
    `service:u32 profile:u32 stack:u32 labels:u32${valueColumns(width)}`,
  );
}

/**
 * Samples that carry labels without bound on their values (span ids), once more with all labels.
 * `samples` has their sums without those labels, so that merging never reads this.
 */
export function wideTable(width: number): Table {
  return table(
    'hot',
    `wide_${width}`,
    `service:u32 profile:u32 stack:u32 labels:u32 label_set:text${valueColumns(width)}`,
  );
}

/** Tables that always exist. */
export const FIXED_TABLES: readonly Table[] = [
  DICTIONARY,
  FUNCTIONS,
  LINES,
  FRAMES,
  LOCATIONS,
  NODES,
  PROFILES,
  TOTALS,
  SNAPSHOTS,
  FINDINGS,
  SEGMENTS,
  SCALARS,
  HISTOGRAMS,
];

const fixed = new Map(FIXED_TABLES.map((one) => [one.name, one]));

/** The table of that name, for the journal's reader; undefined when no version ever had it. */
export function tableNamed(name: string): Table | undefined {
  const known = fixed.get(name);
  if (known !== undefined) return known;
  const [, kind, width] = /^(samples|wide)_(\d+)$/.exec(name) ?? [];
  if (kind === undefined) return undefined;
  return kind === 'samples' ? samplesTable(Number(width)) : wideTable(Number(width));
}

export function qualified({ database, name }: Table): string {
  return `${database}.${name}`;
}
