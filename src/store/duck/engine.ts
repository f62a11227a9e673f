/**
 * What the parts of the embedded store share: the databases, the interned symbols, and the way of
 * rows from the journal into the tables.
 *
 * Rows are durable once the journal has them, and visible once `flush` has committed them; every
 * query flushes first, so that what was acknowledged is found. Hot rows are committed before those
 * of the catalog: a profile is seen with its samples or not at all.
 */
import { mkdir } from 'node:fs/promises';
import { createTable, Database, type DatabaseLimits, type Session } from './database.ts';
import { Dictionary } from './dictionary.ts';
import { FileIndex } from './fileindex.ts';
import { writeError } from './files.ts';
import { Gate, Sequence } from './gate.ts';
import { Headers } from './header.ts';
import { Journal, readJournals } from './journal.ts';
import type { Entry } from './journalentry.ts';
import { LabelSets } from './labelsets.ts';
import { loadDictionary, loadSymbols } from './load.ts';
import { MetricNames } from './metricnames.ts';
import { checkVersion, readApplied, writeApplied } from './progress.ts';
import { StackCache } from './stackcache.ts';
import { Symbols } from './symbols.ts';
import type { Batch, DatabaseName, Table } from './tables.ts';
import { FIXED_TABLES, PROFILES, SNAPSHOTS } from './tables.ts';

/** Rows that wait for the database at most, and for how long. */
const MAX_PENDING_ROWS = 100_000;
const FLUSH_MILLISECONDS = 1000;

interface Pending {
  readonly table: Table;
  readonly batches: Batch[];
}

export class Engine {
  readonly database: Database;
  readonly dictionary = new Dictionary();
  readonly headers = new Headers(this.dictionary);
  readonly labelSets = new LabelSets(this.dictionary);
  readonly metricNames = new MetricNames(this.dictionary);
  /** Parquet files, and which hot tables there are. */
  readonly files = new FileIndex();
  readonly gate = new Gate();
  /** What writes to the databases. */
  readonly writes = new Sequence();
  /** Ingest shares it; what changes the ids that rows refer to is alone. */
  readonly #ids = new Gate();
  #symbols = new Symbols();
  #stacks = new StackCache(this.#symbols);
  nextProfile = 1;
  nextSnapshot = 1;
  #journal: Journal | undefined;
  #sequence = 0;
  #pending = new Map<string, Pending>();
  #pendingRows = 0;
  #pendingSequence = 0;
  #timer: NodeJS.Timeout | undefined;
  #flushError: unknown;

  private constructor(database: Database) {
    this.database = database;
  }

  get symbols(): Symbols {
    return this.#symbols;
  }

  get stacks(): StackCache {
    return this.#stacks;
  }

  static async open(folder: string, limits: DatabaseLimits): Promise<Engine> {
    await mkdir(folder, { recursive: true });
    const engine = new Engine(await Database.open(folder, limits));
    try {
      await engine.#start();
    } catch (error) {
      engine.database.close();
      throw error;
    }
    return engine;
  }

  async #start(): Promise<void> {
    const { database } = this;
    await checkVersion(database);
    await this.createFixedTables();
    await this.#replay();
    await this.files.load(database);
    await loadDictionary(database, this.dictionary);
    await this.reloadSymbols();
    this.labelSets.restore();
    const highest = (table: Table) =>
      database.run(`SELECT coalesce(max(id), 0) FROM catalog.${table.name}`);
    this.nextProfile = (await highest(PROFILES)).scalar() + 1;
    this.nextSnapshot = (await highest(SNAPSHOTS)).scalar() + 1;
    this.#journal = await Journal.create(database.folder, (entry) => this.#arrived(entry));
  }

  /** Takes the symbols that the catalog has for all there are. */
  async reloadSymbols(): Promise<void> {
    const symbols = new Symbols();
    await loadSymbols(this.database, symbols);
    this.#symbols = symbols;
    this.#stacks = new StackCache(symbols);
  }

  async createFixedTables(): Promise<void> {
    for (const table of FIXED_TABLES) await this.database.run(createTable(table));
  }

  /** Brings both databases up to the end of the journal. */
  async #replay(): Promise<void> {
    const applied = await readApplied(this.database);
    this.#sequence = Math.max(applied.catalog, applied.hot);
    const entries = await readJournals(this.database.folder);
    for (const name of ['hot', 'catalog'] as const) {
      const missing = entries.filter((entry) => entry.sequence > applied[name]);
      const last = missing.at(-1);
      if (last === undefined) continue;
      this.#sequence = Math.max(this.#sequence, last.sequence);
      const pending = new Map<string, Pending>();
      for (const entry of missing) collect(pending, entry.batches);
      await this.database.session((session) => commit(session, name, pending, last.sequence));
    }
  }

  /** Makes rows durable. The symbols and dictionary entries that they refer to go with them. */
  async write(rows: () => readonly Batch[]): Promise<void> {
    if (this.#flushError !== undefined) await this.flush();
    await this.#ids.shared(() => this.#write(rows));
  }

  async #write(rows: () => readonly Batch[]): Promise<void> {
    const symbolMark = this.symbols.mark;
    const dictionaryMark = this.dictionary.mark;
    const batches = rows();
    const all = [...this.dictionary.take(), ...this.symbols.take(), ...batches];
    const entry = { sequence: ++this.#sequence, batches: all };
    try {
      await this.#openJournal().append(entry);
    } catch (error) {
      this.symbols.rewind(symbolMark);
      this.dictionary.rewind(dictionaryMark);
      throw error;
    }
  }

  #openJournal(): Journal {
    if (this.#journal === undefined) throw new Error('The store is closed');
    return this.#journal;
  }

  #arrived(entry: Entry): void {
    collect(this.#pending, entry.batches);
    this.#pendingSequence = entry.sequence;
    for (const { length } of entry.batches) this.#pendingRows += length;
    if (this.#pendingRows >= MAX_PENDING_ROWS) this.#flushInBackground();
    else this.#timer ??= setTimeout(() => this.#flushInBackground(), FLUSH_MILLISECONDS).unref();
  }

  /** A failure is kept for the next writer, because nobody waits for this one. */
  #flushInBackground(): void {
    this.flush().catch(() => undefined);
  }

  /** Commits what the journal has and the databases do not; waits for a commit that is under way. */
  flush(): Promise<void> {
    return this.writes.run(() => this.#flush());
  }

  async #flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#pendingRows === 0) return;
    const pending = this.#pending;
    const rows = this.#pendingRows;
    const sequence = this.#pendingSequence;
    this.#pending = new Map();
    this.#pendingRows = 0;
    try {
      await this.database.session(async (session) => {
        await commit(session, 'hot', pending, sequence);
        for (const { table } of [...pending.values()]) {
          if (table.database !== 'hot') continue;
          this.files.addHotTable(table.name);
          pending.delete(table.name);
        }
        await commit(session, 'catalog', pending, sequence);
      });
      this.#flushError = undefined;
    } catch (error) {
      const reason = writeError(error);
      this.#flushError = reason;
      for (const { batches } of this.#pending.values()) collect(pending, batches);
      this.#pending = pending;
      this.#pendingRows += rows;
      throw reason;
    }
    await this.#journal?.applied(sequence);
  }

  /** A query: sees everything that was acknowledged before, and no half-moved rows. */
  async query<Result>(work: (session: Session) => Promise<Result>): Promise<Result> {
    await this.flush();
    return this.gate.shared(() => this.database.session(work));
  }

  /** No query, no ingest, and nothing waits for the databases. */
  alone<Result>(work: (session: Session) => Promise<Result>): Promise<Result> {
    return this.#ids.exclusive(async () => {
      await this.flush();
      return this.writes.run(() => this.gate.exclusive(() => this.database.session(work)));
    });
  }

  async close(): Promise<void> {
    const journal = this.#journal;
    this.#journal = undefined;
    await journal?.close();
    clearTimeout(this.#timer);
    await this.flush();
    clearTimeout(this.#timer);
    // With the rows in the tables, opening has nothing to replay.
    await this.gate.exclusive(async () => {
      for (const name of ['hot', 'catalog']) await this.database.run(`CHECKPOINT ${name}`);
      this.database.close();
    });
    await journal?.remove();
  }
}

function collect(pending: Map<string, Pending>, batches: readonly Batch[]): void {
  for (const batch of batches) {
    const { table } = batch;
    const known = pending.get(table.name);
    if (known === undefined) pending.set(table.name, { table, batches: [batch] });
    else known.batches.push(batch);
  }
}

/** Skipped when the database has reached the sequence number already. */
async function commit(
  session: Session,
  name: DatabaseName,
  pending: ReadonlyMap<string, Pending>,
  sequence: number,
): Promise<void> {
  await session.transaction(async () => {
    if (!(await writeApplied(session, name, sequence))) return;
    for (const { table, batches } of pending.values()) {
      if (table.database !== name) continue;
      if (!FIXED_TABLES.includes(table)) await session.run(createTable(table));
      await session.append(table, batches);
    }
  });
}
