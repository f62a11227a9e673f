/** Where rows are: Parquet files by segment, and the hot tables that exist. Follows the catalog. */
import { type Database, literal, type Session } from './database.ts';
import { SEGMENTS } from './tables.ts';

export interface SegmentFile {
  /** One id for the files of one hour and type. */
  readonly id: number;
  /** The hot table that its rows came from. */
  readonly kind: string;
  readonly type: string;
  readonly hour: number;
  /** Relative to the data folder. */
  readonly file: string;
  readonly bytes: number;
  readonly rows: number;
}

export class FileIndex {
  #segments: readonly SegmentFile[] = [];
  #hotTables = new Set<string>();

  async load(database: Database): Promise<void> {
    const rows = await database.run(
      'SELECT id, kind, type, hour, file, bytes, row_count FROM catalog.segments',
    );
    const [kind, type, file] = [rows.texts(1), rows.texts(2), rows.texts(4)];
    const [hour, bytes, count] = [rows.numbers(3), rows.numbers(5), rows.numbers(6)];
    this.#segments = Array.from(rows.numbers(0), (id, i) => ({
      id,
      kind: kind[i] ?? '',
      type: type[i] ?? '',
      hour: hour[i] ?? 0,
      file: file[i] ?? '',
      bytes: bytes[i] ?? 0,
      rows: count[i] ?? 0,
    }));
    const tables = await database.run(
      `SELECT table_name FROM duckdb_tables()
       WHERE database_name = 'hot' AND table_name <> 'progress'`,
    );
    this.#hotTables = new Set(tables.texts(0));
  }

  get segments(): readonly SegmentFile[] {
    return this.#segments;
  }

  get hotTables(): ReadonlySet<string> {
    return this.#hotTables;
  }

  addHotTable(name: string): void {
    this.#hotTables.add(name);
  }

  /** Paths of the files of these segments that hold rows of a kind, relative to the data folder. */
  paths(kind: string, ids: ReadonlySet<number>): string[] {
    const found = this.#segments.filter((segment) => segment.kind === kind && ids.has(segment.id));
    return found.map(({ file }) => file);
  }
}

/** Names a new file in the catalog. */
export async function insertSegment(session: Session, segment: SegmentFile): Promise<void> {
  const { id, kind, type, hour, file, bytes, rows } = segment;
  const values = [id, literal(kind), literal(type), hour, literal(file), bytes, rows];
  await session.run(`INSERT INTO catalog.${SEGMENTS.name} VALUES (${values.join(', ')})`);
}
