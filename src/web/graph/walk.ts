/** Who is beside a node of the graph: read from the edges of the DOT text, the heaviest first. Pure. */

export type Side = 'callers' | 'callees' | 'next' | 'previous';

/** Nodes by index, the heaviest call first; `next` and `previous` are other callees of one caller. */
export function neighboursOf(dot: string, node: number, side: Side): readonly number[] {
  const edges = edgesOf(dot);
  const callers = (of: number) => edges.filter(([, to]) => to === of).map(([from]) => from);
  const callees = (of: number) => edges.filter(([from]) => from === of).map(([, to]) => to);
  if (side === 'callers') return callers(node);
  if (side === 'callees') return callees(node);
  const [caller] = callers(node);
  const family = caller === undefined ? [] : callees(caller);
  const beside = family[family.indexOf(node) + (side === 'next' ? 1 : -1)];
  return beside === undefined ? [] : [beside];
}

/** Edges between nodes; DOT lists them by weight. Those to boxes of labels are left out. */
function edgesOf(dot: string): readonly (readonly [from: number, to: number])[] {
  return [...dot.matchAll(/^N(\d+) -> N(\d+) \[/gm)].map(
    ([, from, to]) => [Number(from) - 1, Number(to) - 1] as const,
  );
}
