/**
 * Forgets symbols that no stored sample refers to any more.
 *
 * Segments that go leave their stacks behind; builds that nobody runs any more would pile up, on disk
 * and in memory. Marks from the distinct stacks of all samples that are left: a parent has a lower id
 * than its children, so that one pass downwards marks all ancestors. Ids stay what they are. Reads
 * one column of every segment, so it runs rarely (see `SymbolCollector`).
 */
import { literal, type Session } from './database.ts';
import type { Engine } from './engine.ts';
import type { Symbols } from './symbols.ts';
import { FRAMES, FUNCTIONS, LINES, LOCATIONS, NODES, type Table } from './tables.ts';
import type { TupleTable } from './tuples.ts';

/** Fewer nodes are not worth a look: 16 bytes each. */
const MIN_NODES = 500_000;

export class SymbolCollector {
  readonly #engine: Engine;
  readonly #minNodes: number;
  /** Nodes that were alive after the last look. */
  #alive = 0;

  constructor(engine: Engine, minNodes = MIN_NODES) {
    this.#engine = engine;
    this.#minNodes = minNodes;
  }

  /** To be called after segments went. Looks once the nodes have doubled since the last time. */
  async afterRemoval(): Promise<void> {
    const engine = this.#engine;
    if (engine.symbols.nodes.length < Math.max(this.#minNodes, this.#alive * 2)) return;
    await engine.alone(async (session) => {
      const dead = deadSymbols(engine.symbols, await usedStacks(engine, session));
      await session.transaction(async () => {
        for (const [table, ids] of dead) await deleteIds(session, table, ids);
      });
      await engine.reloadSymbols();
      this.#alive = engine.symbols.nodes.length - (dead.get(NODES)?.length ?? 0);
    });
  }
}

async function usedStacks(engine: Engine, session: Session): Promise<Float64Array> {
  const isSamples = (name: string) => /^(samples|wide)_/.test(name);
  const hot = [...engine.files.hotTables].filter(isSamples).map((name) => `hot.${name}`);
  const files = engine.files.segments.filter(({ kind }) => isSamples(kind));
  const paths = files.map(({ file }) => literal(`${engine.database.folder}/${file}`));
  const sources = paths.length === 0 ? hot : [...hot, `read_parquet([${paths.join(', ')}])`];
  if (sources.length === 0) return new Float64Array(0);
  const rows = await session.run(
    sources.map((from) => `SELECT DISTINCT stack FROM ${from}`).join(' UNION '),
  );
  return rows.numbers(0);
}

/** Ids of each table that nothing of the used stacks refers to. */
export function deadSymbols(
  symbols: Symbols,
  usedStacks: Iterable<number>,
): ReadonlyMap<Table, Uint32Array> {
  const { nodes, locations, frames, lines, functions } = symbols;
  const node = marks(nodes);
  for (const stack of usedStacks) node[stack] = 1;
  const location = marks(locations);
  for (let id = nodes.length; id > 0; id--) {
    if (node[id] !== 1) continue;
    node[nodes.at(id, 0)] = 1;
    location[nodes.at(id, 1)] = 1;
  }
  const frame = marks(frames);
  for (let id = 1; id <= locations.length; id++) {
    if (location[id] === 1) frame[locations.at(id, 3)] = 1;
  }
  const line = marks(lines);
  // A frame names the one that it was inlined into, which is older.
  for (let id = frames.length; id > 0; id--) {
    if (frame[id] !== 1) continue;
    line[frames.at(id, 0)] = 1;
    frame[frames.at(id, 1)] = 1;
  }
  const fn = marks(functions);
  for (let id = 1; id <= lines.length; id++) {
    if (line[id] === 1) fn[lines.at(id, 0)] = 1;
  }
  return new Map([
    [NODES, unmarked(node)],
    [LOCATIONS, unmarked(location)],
    [FRAMES, unmarked(frame)],
    [LINES, unmarked(line)],
    [FUNCTIONS, unmarked(fn)],
  ]);
}

function marks(table: TupleTable): Uint8Array {
  return new Uint8Array(table.length + 1);
}

function unmarked(marked: Uint8Array): Uint32Array {
  const ids: number[] = [];
  for (let id = 1; id < marked.length; id++) if (marked[id] === 0) ids.push(id);
  return Uint32Array.from(ids);
}

async function deleteIds(session: Session, table: Table, ids: Uint32Array): Promise<void> {
  if (ids.length === 0) return;
  await session.withIds(ids, (dead) =>
    session.run(`DELETE FROM catalog.${table.name} WHERE id IN (SELECT id FROM ${dead})`),
  );
}
