/**
 * A call tree of any size for the browser benchmark: shaped like a service's CPU profile (a few hot
 * paths, long thin tails, depth to 60), the same on every run. Not a profile, and never shown as one.
 */
import type { CallTree } from '../../profile/calltree.ts';
import { spansOf } from '../data/tree.ts';

/** xorshift32: small, seeded, good enough to scatter widths. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

const PACKAGES = [
  ['example.com/shop/internal/cart', '/home/dev/shop/internal/cart/cart.go'],
  ['github.com/jackc/pgx/v5/pgconn', '/home/dev/go/pkg/mod/github.com/jackc/pgx/v5@v5.7.1/conn.go'],
  ['net/http', '/usr/local/go/src/net/http/server.go'],
  ['encoding/json', '/usr/local/go/src/encoding/json/encode.go'],
  ['runtime', '/usr/local/go/src/runtime/proc.go'],
  ['runtime.gcDrain', '/usr/local/go/src/runtime/mgcmark.go'],
  ['syscall', '/usr/local/go/src/syscall/syscall_linux.go'],
] as const;

function framesOf(count: number): CallTree['frames'] {
  const name: string[] = [];
  const file: string[] = [];
  for (let index = 0; index < count; index++) {
    const [path, source] = PACKAGES[index % PACKAGES.length] ?? PACKAGES[0];
    name.push(`${path}.(*Worker).process${index}`);
    file.push(source);
  }
  return { length: count, name, file, line: new Float64Array(count) };
}

/** A tree of `length` nodes in pre-order, children by descending total. */
export function benchTree(length: number): CallTree {
  const next = random(20_260_101);
  const frames = framesOf(3000);
  const parent = new Int32Array(length).fill(-1);
  const frame = new Int32Array(length).fill(-1);
  const self = new Float64Array(length);
  const total = new Float64Array(length);
  let used = 1;
  /** Gives `budget` nodes and `value` to the children of `node`. */
  const split = (node: number, budget: number, value: number, depth: number): void => {
    total[node] = value;
    let nodes = budget;
    let left = value * (depth < 3 ? 1 : 0.97);
    while (nodes > 0 && used < length) {
      const part = depth > 60 ? nodes : Math.max(1, Math.ceil(nodes * (0.35 + 0.6 * next())));
      const share = left * Math.min(1, part / nodes);
      const child = used++;
      parent[child] = node;
      frame[child] = Math.floor(next() * frames.length);
      split(child, depth > 60 ? 0 : part - 1, share, depth + 1);
      nodes -= part;
      left -= share;
    }
    self[node] = value - (value * (depth < 3 ? 1 : 0.97) - left);
  };
  split(0, length - 1, 60e9, 0);
  return {
    frames,
    length,
    frame,
    parent,
    ...spansOf(parent),
    inlined: new Uint8Array(length),
    self,
    total,
    unit: 'nanoseconds',
    omittedNodes: 0,
  };
}
