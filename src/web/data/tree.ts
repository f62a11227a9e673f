/**
 * A call tree as the page holds it: columns, what was merged into it, and for a difference the base.
 *
 * Comes from the wire or from the worker; nothing here fetches. Cost: O(nodes).
 */
import type { WireDiff, WireTree } from '../../api/wire.ts';
import type { CallTree } from '../../profile/calltree.ts';

/** What was merged: a range of unix milliseconds, and how much time the profiles cover together. */
export interface Coverage {
  readonly from: number;
  readonly to: number;
  readonly profiles: number;
  /** Sum of the durations; 0 for readings of a moment. */
  readonly durationMs: number;
}

/** The values of the range that is compared with, for the same nodes as the tree. */
export interface BaseColumns {
  readonly coverage: Coverage;
  readonly self: Float64Array;
  readonly total: Float64Array;
}

export interface ProfileTree {
  readonly service: string;
  readonly type: string;
  readonly sampleType: string;
  readonly coverage: Coverage;
  readonly tree: CallTree;
  /** undefined = this is not a difference. */
  readonly base: BaseColumns | undefined;
  /** Value before the source's own filters; undefined = that of the tree. */
  readonly grandTotal?: number;
  /** What the source has to say about filters that matched nothing. */
  readonly warnings?: readonly string[];
}

/** `subtreeEnd` and `depth` of pre-order nodes, from their parents alone. */
export function spansOf(parent: ArrayLike<number>): {
  readonly subtreeEnd: Uint32Array;
  readonly depth: Uint16Array;
} {
  const length = parent.length;
  const subtreeEnd = new Uint32Array(length);
  const depth = new Uint16Array(length);
  for (let node = 1; node < length; node++) depth[node] = (depth[parent[node] ?? 0] ?? 0) + 1;
  for (let node = length - 1; node >= 0; node--) {
    const end = Math.max(subtreeEnd[node] ?? 0, node + 1);
    subtreeEnd[node] = end;
    const up = parent[node] ?? -1;
    if (up >= 0 && (subtreeEnd[up] ?? 0) < end) subtreeEnd[up] = end;
  }
  return { subtreeEnd, depth };
}

function treeOf(wire: WireTree): CallTree {
  const length = wire.frame.length;
  const inlined = new Uint8Array(length);
  for (const node of wire.inlined) inlined[node] = 1;
  return {
    frames: {
      length: wire.frames.name.length,
      name: wire.frames.name,
      file: wire.frames.file.map((index) => wire.files[index] ?? ''),
      line: Float64Array.from(wire.frames.line),
    },
    length,
    frame: Int32Array.from(wire.frame),
    parent: Int32Array.from(wire.parent),
    ...spansOf(wire.parent),
    inlined,
    self: Float64Array.from(wire.self),
    total: Float64Array.from(wire.total),
    unit: wire.unit,
    omittedNodes: wire.omittedNodes,
  };
}

export function fromWireTree(wire: WireTree): ProfileTree {
  const { service, type, sampleType, from, to, profiles, durationMs } = wire;
  const coverage = { from, to, profiles, durationMs };
  return { service, type, sampleType, coverage, tree: treeOf(wire), base: undefined };
}

export function fromWireDiff(wire: WireDiff): ProfileTree {
  return {
    ...fromWireTree(wire),
    base: {
      coverage: {
        from: wire.baseFrom,
        to: wire.baseTo,
        profiles: wire.baseProfiles,
        durationMs: wire.baseDurationMs,
      },
      self: Float64Array.from(wire.baseSelf),
      total: Float64Array.from(wire.baseTotal),
    },
  };
}
