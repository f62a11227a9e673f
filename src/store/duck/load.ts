/** Reads what is interned back from the catalog when the store opens. */
import type { Database } from './database.ts';
import type { Dictionary } from './dictionary.ts';
import { highHalf, type Symbols } from './symbols.ts';

export async function loadDictionary(database: Database, dictionary: Dictionary): Promise<void> {
  const rows = await database.run('SELECT kind, id, text FROM catalog.dictionary');
  const kind = rows.numbers(0);
  const id = rows.numbers(1);
  const text = rows.texts(2);
  for (let i = 0; i < rows.length; i++) {
    dictionary.restore(kind[i] ?? 0, id[i] ?? 0, text[i] ?? '');
  }
}

export async function loadSymbols(database: Database, symbols: Symbols): Promise<void> {
  await loadFunctions(database, symbols);
  const lines = await columns(database, 'SELECT id, function, line, col FROM catalog.lines');
  each(lines, ([id, fn, line, column]) => {
    symbols.lines.restore(id, fn, line >>> 0, highHalf(line), column >>> 0, highHalf(column));
  });
  const frames = await columns(database, 'SELECT id, line, inlined_into FROM catalog.frames');
  each(frames, ([id, line, into]) => symbols.frames.restore(id, line, into));
  // Halves, because addresses use all 64 bits.
  const locations = await columns(
    database,
    `SELECT id, module, (address & 4294967295), ((address >> 32) & 4294967295), frame::BIGINT * 2 + folded
     FROM catalog.locations`,
  );
  each(locations, ([id, module, low, high, frame]) => {
    symbols.locations.restore(id, module, low, high, Math.floor(frame / 2), frame % 2);
  });
  const nodes = await columns(database, 'SELECT id, parent, location FROM catalog.nodes');
  each(nodes, ([id, parent, location]) => symbols.nodes.restore(id, parent, location));
  symbols.markRestored();
}

async function loadFunctions(database: Database, symbols: Symbols): Promise<void> {
  const rows = await database.run(
    'SELECT id, start_line, name, system_name, file FROM catalog.functions',
  );
  const id = rows.numbers(0);
  const startLine = rows.numbers(1);
  const [name, systemName, file] = [rows.texts(2), rows.texts(3), rows.texts(4)];
  for (let i = 0; i < rows.length; i++) {
    const line = startLine[i] ?? 0;
    symbols.functions.restore(
      id[i] ?? 0,
      symbols.string(name[i] ?? ''),
      symbols.string(systemName[i] ?? ''),
      symbols.string(file[i] ?? ''),
      line >>> 0,
      highHalf(line),
    );
  }
}

type Tuple = [number, number, number, number, number];

async function columns(database: Database, sql: string): Promise<readonly Float64Array[]> {
  const rows = await database.run(sql);
  return Array.from({ length: rows.columnCount }, (_, column) => rows.numbers(column));
}

function each(table: readonly Float64Array[], visit: (tuple: Tuple) => void): void {
  const tuple: Tuple = [0, 0, 0, 0, 0];
  const { length } = table[0] ?? new Float64Array(0);
  for (let row = 0; row < length; row++) {
    for (let i = 0; i < table.length; i++) tuple[i] = table[i]?.[row] ?? 0;
    visit(tuple);
  }
}
