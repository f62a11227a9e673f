/**
 * What kind of allocation a stack is, told by the runtime or library function just below the user's
 * line, and the change that avoids it. A table of facts about Go; it knows no program.
 */
import type { Frame } from './frames.ts';

export interface AllocationKind {
  /** Completes "the line …". */
  readonly what: string;
  readonly fix: string;
}

/** First match counts; searched from the user's line towards the leaf. */
const KINDS: readonly (readonly [RegExp, AllocationKind])[] = [
  [
    /^regexp\.(MustCompile|Compile|Match)/,
    {
      what: 'compiles a regular expression',
      fix: 'Compile the expression once, in a package variable or a field, and match with that.',
    },
  ],
  [
    /^encoding\/json\.|^encoding\/xml\.|^encoding\/gob\./,
    {
      what: 'encodes or decodes through reflection',
      fix: 'Keep what was encoded while its input is the same, encode into a reused bytes.Buffer, or generate the code for this one type.',
    },
  ],
  [
    /^fmt\.(Sprint|Errorf|Append|Fprint)/,
    {
      what: 'formats with fmt',
      fix: 'Append with strconv into a reused []byte, or use a struct as the key where the string is only compared.',
    },
  ],
  [
    /^io\.(ReadAll|Copy)|^os\.ReadFile/,
    {
      what: 'reads whole inputs into new memory',
      fix: 'Read into a reused buffer (bytes.Buffer with Reset, sync.Pool), or stream.',
    },
  ],
  [
    /^bytes\.\(\*Buffer\)\.|^strings\.\(\*Builder\)\./,
    {
      what: 'grows a buffer',
      fix: 'Grow the buffer once to the size that is expected (Grow), or reuse it (Reset, sync.Pool).',
    },
  ],
  [
    /^compress\//,
    {
      what: 'makes a compressor',
      fix: 'Keep compressors in a sync.Pool and Reset them: one holds hundreds of kilobytes.',
    },
  ],
  [
    /^strings\.|^bytes\.|^strconv\./,
    {
      what: 'makes new strings or byte slices',
      fix: 'Work on sub-slices of the input (Cut, Index, SplitSeq), or append to a reused buffer.',
    },
  ],
  [
    /^sort\.|^slices\.|^maps\./,
    {
      what: 'copies or collects into new slices',
      fix: 'Reuse the slice between calls, or keep the result while its input is the same.',
    },
  ],
  [
    /^net\/http\./,
    {
      what: 'makes requests or headers',
      fix: 'Reuse the request or its parts, and one http.Client for all calls.',
    },
  ],
  [
    /^runtime\.growslice/,
    {
      what: 'appends past the capacity of a slice',
      fix: 'Give the slice its capacity when it is made, or keep it and start again with s[:0].',
    },
  ],
  [
    /^runtime\.(concatstring|rawstring)/,
    {
      what: 'concatenates strings',
      fix: 'Write into one strings.Builder, grown once.',
    },
  ],
  [
    /^runtime\.(slicebytetostring|stringtoslicebyte|stringtoslicerune|slicerunetostring|intstring)/,
    {
      what: 'converts between string and []byte',
      fix: 'Stay with one of the two types along this path, or convert once and keep the result.',
    },
  ],
  [
    /^runtime\.(mapassign|makemap|hashGrow|mapclone)|^internal\/runtime\/maps\./,
    {
      what: 'fills a map',
      fix: 'Make the map with its size, and reuse it with clear().',
    },
  ],
  [
    /^runtime\.convT|^runtime\.assertE2I/,
    {
      what: 'puts values into interfaces',
      fix: 'Use a concrete type or a type parameter here, or pass a pointer that exists already.',
    },
  ],
  [
    /^runtime\.makeslice/,
    {
      what: 'makes a new slice',
      fix: 'Reuse the slice between calls (a field, a sync.Pool), or let the caller pass it in.',
    },
  ],
  [
    /^runtime\.makechan|^runtime\.newproc/,
    {
      what: 'makes channels or goroutines',
      fix: 'Keep workers and their channels instead of making them for each piece of work.',
    },
  ],
  [
    /^time\.(NewTimer|NewTicker|After|Tick)/,
    { what: 'makes timers', fix: 'Keep one timer and Reset it.' },
  ],
];

const OBJECT: AllocationKind = {
  what: 'allocates objects one by one',
  fix: 'Keep the values in one slice ([]T instead of []*T), reuse them (a free list, sync.Pool), or keep them off the heap: go build -gcflags=-m says why they escape.',
};

const UNKNOWN: AllocationKind = {
  what: 'allocates',
  fix: 'Reuse what is allocated there (a field, a free list, sync.Pool), or keep it off the heap: go build -gcflags=-m says why it escapes.',
};

/**
 * The kind of allocation at the user's line `siteAt`, by what is below it. Heap profiles leave out
 * the runtime's functions at the leaf, so that plain allocations show in CPU profiles only.
 */
export function allocationKind(stack: readonly Frame[], siteAt: number): AllocationKind {
  for (let i = siteAt - 1; i >= 0; i--) {
    const name = stack[i]?.function ?? '';
    const kind = KINDS.find(([pattern]) => pattern.test(name));
    if (kind !== undefined) return kind[1];
  }
  return /^runtime\.(newobject|mallocgc)/.test(stack[siteAt - 1]?.function ?? '')
    ? OBJECT
    : UNKNOWN;
}

export type Container = 'slice' | 'map';

/** The container that the runtime grows right below the user's line. */
export function grownContainer(stack: readonly Frame[], siteAt: number): Container | undefined {
  const name = stack[siteAt - 1]?.function ?? '';
  if (/^runtime\.growslice/.test(name)) return 'slice';
  return /^runtime\.mapassign|^internal\/runtime\/maps\./.test(name) ? 'map' : undefined;
}
