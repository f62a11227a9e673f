/**
 * DuckDB behind a few calls: open, run, read columns, append batches.
 *
 * The only module that touches the engine's vectors. One in-memory instance with two attached
 * database files; it may read and write inside the data folder alone, and downloads no extension
 * (Parquet is linked into the binary).
 */
import { join } from 'node:path';
import {
  BIGINT,
  BLOB,
  blobValue,
  DOUBLE,
  type DuckDBConnection,
  DuckDBDataChunk,
  DuckDBInstance,
  type DuckDBMaterializedResult,
  type DuckDBType,
  type DuckDBValue,
  UINTEGER,
  VARCHAR,
} from '@duckdb/node-api';
import { messageOf, UserError } from '../../base/errors.ts';
import type { Batch, ColumnData, ColumnType, DatabaseName, Table } from './tables.ts';
import { qualified } from './tables.ts';

/** DuckDB's vectors hold no more rows. */
const CHUNK_ROWS = 2048;

const TYPES: Readonly<Record<ColumnType, DuckDBType>> = {
  u32: UINTEGER,
  i64: BIGINT,
  f64: DOUBLE,
  text: VARCHAR,
  blob: BLOB,
};

export interface DatabaseLimits {
  /** As DuckDB writes it, e.g. '512MB'. */
  readonly memoryLimit: string;
  readonly threads: number;
}

export class Database {
  readonly folder: string;
  readonly #instance: DuckDBInstance;
  readonly #idle: DuckDBConnection[] = [];

  private constructor(folder: string, instance: DuckDBInstance) {
    this.folder = folder;
    this.#instance = instance;
  }

  static async open(folder: string, limits: DatabaseLimits): Promise<Database> {
    const instance = await DuckDBInstance.create(':memory:', {
      memory_limit: limits.memoryLimit,
      threads: String(limits.threads),
      temp_directory: join(folder, 'tmp'),
      autoinstall_known_extensions: 'false',
      autoload_known_extensions: 'false',
      // Rows take a fifth of the space once a checkpoint has moved them out of the log.
      checkpoint_threshold: '8MB',
      // Segments are immutable: no need to ask the file system whether they changed.
      validate_external_file_cache: 'NO_VALIDATION',
    });
    const database = new Database(folder, instance);
    try {
      await database.run(`SET allowed_directories = [${literal(`${folder}/`)}]`);
      await database.run('SET enable_external_access = false');
      for (const name of ['catalog', 'hot'] as const) await database.attach(name);
      await database.run('SET lock_configuration = true');
    } catch (error) {
      database.close();
      throw attachError(folder, error);
    }
    return database;
  }

  attach(name: DatabaseName): Promise<unknown> {
    return this.run(`ATTACH ${literal(join(this.folder, `${name}.duckdb`))} AS ${name}`);
  }

  close(): void {
    for (const connection of this.#idle) connection.closeSync();
    this.#idle.length = 0;
    this.#instance.closeSync();
  }

  /** Runs one statement, or several that are separated by semicolons, on a connection of its own. */
  run(sql: string, parameters?: readonly DuckDBValue[]): Promise<Rows> {
    return this.session((session) => session.run(sql, parameters));
  }

  /** Everything in `work` happens on one connection: transactions, temporary tables. */
  async session<Result>(work: (session: Session) => Promise<Result>): Promise<Result> {
    const connection = this.#idle.pop() ?? (await this.#instance.connect());
    try {
      return await work(new Session(connection));
    } finally {
      this.#idle.push(connection);
    }
  }
}

export class Session {
  readonly #connection: DuckDBConnection;

  constructor(connection: DuckDBConnection) {
    this.#connection = connection;
  }

  async run(sql: string, parameters?: readonly DuckDBValue[]): Promise<Rows> {
    const bound = parameters === undefined ? undefined : [...parameters];
    return new Rows(await this.#connection.run(sql, bound));
  }

  /** `work` and a commit, or a rollback and the error. */
  async transaction(work: () => Promise<void>): Promise<void> {
    await this.run('BEGIN');
    try {
      await work();
      await this.run('COMMIT');
    } catch (error) {
      // The engine has rolled back already when the commit itself failed.
      await this.run('ROLLBACK').catch(() => undefined);
      throw error;
    }
  }

  /** `work` may use the ids as the column `id` of the table whose name it is given. */
  async withIds<Result>(
    ids: Uint32Array,
    work: (table: string) => Promise<Result>,
  ): Promise<Result> {
    const table: Table = {
      database: 'temp',
      name: 'ids',
      columns: [{ name: 'id', type: 'u32' }],
    };
    await this.run('CREATE OR REPLACE TEMP TABLE ids (id UINTEGER)');
    await this.append(table, [{ table, length: ids.length, columns: [ids] }]);
    try {
      return await work('temp.ids');
    } finally {
      await this.run('DROP TABLE temp.ids');
    }
  }

  /** Appends batches of one table, in order. Inside a transaction, they are part of it. */
  async append(table: Table, batches: readonly Batch[]): Promise<void> {
    const appender = await this.#connection.createAppender(table.name, 'main', table.database);
    try {
      const writer = new ChunkWriter(table);
      for (const batch of batches) {
        writer.add(batch, (chunk) => appender.appendDataChunk(chunk));
      }
      writer.finish((chunk) => appender.appendDataChunk(chunk));
    } finally {
      appender.closeSync();
    }
  }
}

/** Gathers rows of many small batches into full chunks. */
class ChunkWriter {
  readonly #types: DuckDBType[];
  #pieces: { readonly batch: Batch; readonly from: number; readonly to: number }[] = [];
  #rows = 0;

  constructor(table: Table) {
    this.#types = table.columns.map(({ type }) => TYPES[type]);
  }

  add(batch: Batch, send: (chunk: DuckDBDataChunk) => void): void {
    let from = 0;
    while (from < batch.length) {
      const to = Math.min(batch.length, from + CHUNK_ROWS - this.#rows);
      this.#pieces.push({ batch, from, to });
      this.#rows += to - from;
      from = to;
      if (this.#rows === CHUNK_ROWS) this.finish(send);
    }
  }

  finish(send: (chunk: DuckDBDataChunk) => void): void {
    if (this.#rows === 0) return;
    const chunk = DuckDBDataChunk.create(this.#types, this.#rows);
    for (let column = 0; column < this.#types.length; column++) {
      const vector = chunk.getColumnVector(column);
      let row = 0;
      for (const { batch, from, to } of this.#pieces) {
        const values = batch.columns[column] ?? [];
        for (let i = from; i < to; i++) vector.setItem(row++, engineValue(values, i));
      }
      vector.flush();
    }
    send(chunk);
    this.#pieces = [];
    this.#rows = 0;
  }
}

function engineValue(values: ColumnData, index: number): DuckDBValue {
  const value = values[index] ?? null;
  return value instanceof Uint8Array ? blobValue(value) : value;
}

/** A result whose columns are read as plain arrays. */
export class Rows {
  readonly length: number;
  readonly #result: DuckDBMaterializedResult;
  readonly #chunks: DuckDBDataChunk[];

  constructor(result: DuckDBMaterializedResult) {
    this.#result = result;
    this.length = result.rowCount;
    this.#chunks = Array.from({ length: result.chunkCount }, (_, i) => result.getChunk(i));
  }

  /** NULL becomes 0; integers beyond 2^53 are rounded. */
  numbers(column: number): Float64Array {
    const values = new Float64Array(this.length);
    this.#each(column, (value, row) => {
      values[row] = typeof value === 'number' ? value : Number(value ?? 0);
    });
    return values;
  }

  bigints(column: number): BigInt64Array {
    const values = new BigInt64Array(this.length);
    this.#each(column, (value, row) => {
      if (typeof value === 'bigint') values[row] = value;
      else if (typeof value === 'number') values[row] = BigInt(value);
    });
    return values;
  }

  texts(column: number): string[] {
    const values: string[] = [];
    this.#each(column, (value) => {
      values.push(value === null ? '' : String(value));
    });
    return values;
  }

  blobs(column: number): Uint8Array[] {
    const values: Uint8Array[] = [];
    this.#each(column, (value) => {
      values.push(
        typeof value === 'object' && value !== null && 'bytes' in value
          ? bytesOf(value.bytes)
          : new Uint8Array(0),
      );
    });
    return values;
  }

  /** The one number of the first row. */
  scalar(): number {
    return this.length === 0 ? 0 : (this.numbers(0)[0] ?? 0);
  }

  get columnCount(): number {
    return this.#result.columnCount;
  }

  #each(column: number, visit: (value: DuckDBValue, row: number) => void): void {
    let row = 0;
    for (const chunk of this.#chunks) {
      const vector = chunk.getColumnVector(column);
      for (let i = 0; i < vector.itemCount; i++) visit(vector.getItem(i), row++);
    }
  }
}

function bytesOf(value: unknown): Uint8Array {
  // A copy: small buffers are views of a shared one.
  return value instanceof Uint8Array ? Uint8Array.from(value) : new Uint8Array(0);
}

const SQL_TYPES: Readonly<Record<ColumnType, string>> = {
  u32: 'UINTEGER',
  i64: 'BIGINT',
  f64: 'DOUBLE',
  text: 'VARCHAR',
  blob: 'BLOB',
};

export function createTable(table: Table): string {
  const columns = table.columns.map(({ name, type }) => `${name} ${SQL_TYPES[type]} NOT NULL`);
  return `CREATE TABLE IF NOT EXISTS ${qualified(table)} (${columns.join(', ')})`;
}

/** A text as an SQL literal. */
export function literal(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

/** `IN (…)` of ids, false for none. NULL would do for that, but not behind a NOT. */
export function among(ids: Iterable<number>): string {
  const list = [...ids];
  return list.length === 0 ? 'IN (-1)' : `IN (${list.join(',')})`;
}

function attachError(folder: string, error: unknown): unknown {
  const message = messageOf(error);
  if (/lock/i.test(message)) return lockedError(folder);
  return new UserError(
    'store.open',
    `Cannot open the data folder ${folder}: ${message.split('\n')[0]}`,
    'check the permissions of the folder, or give another one with --data',
  );
}

export function lockedError(folder: string): UserError {
  return new UserError(
    'store.locked',
    `The data folder ${folder} is in use by another whygo`,
    'stop the other one, ask it over HTTP, or give another folder with --data',
  );
}
