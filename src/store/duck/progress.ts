/** How far each database is: the version of its tables, and the last journal entry it holds. */
import { UserError } from '../../base/errors.ts';
import type { Database, Session } from './database.ts';
import type { DatabaseName } from './tables.ts';

/** Raised whenever the tables change. */
const VERSION = 1;

export async function checkVersion(database: Database): Promise<void> {
  await createProgress(database);
  const version = (await database.run('SELECT max(version) FROM catalog.progress')).scalar();
  if (version === VERSION) return;
  throw new UserError(
    'store.version',
    `The data folder ${database.folder} was written by another version of whygo (format ${version}, not ${VERSION})`,
    'use that version, or give another folder with --data',
  );
}

/** Makes the tables of databases that are new. */
export async function createProgress(database: Database): Promise<void> {
  for (const name of ['catalog', 'hot'] as const) {
    await database.run(
      `CREATE TABLE IF NOT EXISTS ${name}.progress (version UINTEGER, sequence DOUBLE);
       INSERT INTO ${name}.progress SELECT ${VERSION}, 0
       WHERE NOT EXISTS (SELECT 1 FROM ${name}.progress)`,
    );
  }
}

/**
 * The last journal entry in each. Hot rows are committed first, so a hot database that is behind is
 * one that was emptied when its hours were closed.
 */
export async function readApplied(
  database: Database,
): Promise<Readonly<Record<DatabaseName, number>>> {
  const sequenceOf = async (name: DatabaseName) =>
    (await database.run(`SELECT max(sequence) FROM ${name}.progress`)).scalar();
  const catalog = await sequenceOf('catalog');
  return { catalog, hot: Math.max(catalog, await sequenceOf('hot')) };
}

/** False when the database holds the entry already. */
export async function writeApplied(
  session: Session,
  name: DatabaseName,
  sequence: number,
): Promise<boolean> {
  const held = (await session.run(`SELECT max(sequence) FROM ${name}.progress`)).scalar();
  if (held >= sequence) return false;
  await session.run(`UPDATE ${name}.progress SET sequence = ${sequence}`);
  return true;
}
