/**
 * Flat and cumulative values by function (or line): the model behind `top` and the page's table.
 *
 * A function's cumulative value counts a sample once, however often it recurs in the stack. Order,
 * totals and inline marks are pprof's (internal/report, internal/graph of Go 1.26). Made from a call
 * tree that was built without a floor, in one pass over its nodes.
 */
import {
  buildCallTree,
  type CallTree,
  type CallTreeOptions,
  type FrameTable,
} from '../profile/calltree.ts';
import { frameRanks } from '../profile/frames.ts';
import type { Profile } from '../profile/profile.ts';

export type InlineMark = 'no' | 'partly' | 'always';

export interface TopRow {
  /** Index into `frames`. */
  readonly frame: number;
  readonly name: string;
  readonly file: string;
  /** Line of the frame at line granularity, else of the function's start; 0 = unknown. */
  readonly line: number;
  readonly flat: number;
  readonly cum: number;
  /** Whether callers inlined it; pprof prints `(inline)` and `(partial-inline)`. */
  readonly inline: InlineMark;
}

export interface TopTable {
  readonly frames: FrameTable;
  /** Sorted by magnitude, ties by name. */
  readonly rows: readonly TopRow[];
  /** What shares are shares of: the sum of absolute sample values, as in pprof. */
  readonly total: number;
  readonly unit: string;
}

export interface TopOptions extends Pick<CallTreeOptions, 'sampleIndex' | 'granularity'> {
  readonly sort?: 'flat' | 'cum';
}

/** All functions (or lines) of a profile with a value. */
export function topTable(profile: Profile, options: TopOptions): TopTable {
  const { sampleIndex, granularity = 'functions', sort = 'flat' } = options;
  const tree = buildCallTree(profile, { sampleIndex, granularity });
  let total = 0;
  for (const value of profile.samples.values[sampleIndex] ?? []) total += Math.abs(Number(value));
  return { ...topOfTree(tree, sort), total };
}

/** The same from a call tree; its total is the root's. */
export function topOfTree(tree: CallTree, sort: 'flat' | 'cum' = 'flat'): TopTable {
  const { frames } = tree;
  const flat = new Float64Array(frames.length);
  const cum = new Float64Array(frames.length);
  /** How many calls of the frame are open on the current path. */
  const open = new Uint32Array(frames.length);
  const path: number[] = [];
  const edges = new InlineEdges(frames.length);
  const pathEdges: number[] = [];
  for (let node = 1; node < tree.length; node++) {
    while (path.length > 0 && (tree.subtreeEnd[path.at(-1) ?? 0] ?? 0) <= node) {
      const left = tree.frame[path.pop() ?? 0] ?? 0;
      open[left] = (open[left] ?? 0) - 1;
      edges.leave(pathEdges.pop() ?? -1);
    }
    const frame = tree.frame[node] ?? 0;
    flat[frame] = (flat[frame] ?? 0) + (tree.self[node] ?? 0);
    if (open[frame] === 0) cum[frame] = (cum[frame] ?? 0) + (tree.total[node] ?? 0);
    open[frame] = (open[frame] ?? 0) + 1;
    path.push(node);
    const caller = tree.frame[tree.parent[node] ?? 0] ?? -1;
    const calls = caller >= 0 && caller !== frame;
    pathEdges.push(calls ? edges.enter(caller, frame, tree.inlined[node] === 1) : -1);
  }
  const marks = edges.marks();
  const rows: TopRow[] = [];
  for (let frame = 0; frame < frames.length; frame++) {
    if (flat[frame] === 0 && cum[frame] === 0) continue;
    rows.push({
      frame,
      name: frames.name[frame] ?? '',
      file: frames.file[frame] ?? '',
      line: frames.line[frame] ?? 0,
      flat: flat[frame] ?? 0,
      cum: cum[frame] ?? 0,
      inline: marks[frame] ?? 'no',
    });
  }
  return { frames, rows: sortRows(rows, frames, sort), total: tree.total[0] ?? 0, unit: tree.unit };
}

function sortRows(rows: TopRow[], frames: FrameTable, sort: 'flat' | 'cum'): TopRow[] {
  const rank = frameRanks(frames);
  const other = sort === 'flat' ? 'cum' : 'flat';
  return rows.sort(
    (a, b) =>
      Math.abs(b[sort]) - Math.abs(a[sort]) ||
      (a.name === b.name ? Math.abs(b[other]) - Math.abs(a[other]) : 0) ||
      (rank[a.frame] ?? 0) - (rank[b.frame] ?? 0),
  );
}

/**
 * Calls between frames, and whether each was inlined wherever it occurs. As in pprof, only the
 * outermost of equal calls on a path is looked at.
 */
class InlineEdges {
  private readonly frameCount: number;
  /** caller · frameCount + callee → edge. */
  private readonly index = new Map<number, number>();
  private readonly callee: number[] = [];
  private readonly inlined: boolean[] = [];
  private readonly open: number[] = [];

  constructor(frameCount: number) {
    this.frameCount = frameCount;
  }

  /** Steps into a call; gives its edge. */
  enter(caller: number, callee: number, inlined: boolean): number {
    const key = caller * this.frameCount + callee;
    let edge = this.index.get(key);
    if (edge === undefined) {
      edge = this.callee.length;
      this.index.set(key, edge);
      this.callee.push(callee);
      this.inlined.push(true);
      this.open.push(0);
    }
    if (this.open[edge] === 0 && !inlined) this.inlined[edge] = false;
    this.open[edge] = (this.open[edge] ?? 0) + 1;
    return edge;
  }

  leave(edge: number): void {
    if (edge >= 0) this.open[edge] = (this.open[edge] ?? 0) - 1;
  }

  marks(): InlineMark[] {
    const marks = new Array<InlineMark | undefined>(this.frameCount).fill(undefined);
    for (const [edge, callee] of this.callee.entries()) {
      const mark = this.inlined[edge] ? 'always' : 'no';
      const before = marks[callee];
      marks[callee] = before === undefined || before === mark ? mark : 'partly';
    }
    return marks.map((mark) => mark ?? 'no');
  }
}
