/** The dumps of one process in their order, from one file that holds several or from several files. */
import { type GoroutineTable, goroutineCount, type Rows } from './table.ts';

export interface Dump {
  readonly table: GoroutineTable;
  readonly rows: Rows;
  /** Unix milliseconds; NaN = not known. */
  readonly timeMillis: number;
  readonly goroutines: number;
}

/** All dumps of whole programs in the tables; race reports are none. */
export function dumpsOf(tables: readonly GoroutineTable[]): Dump[] {
  return tables.flatMap((table) =>
    table.snapshots
      .filter(({ kind }) => kind !== 'race')
      .map(({ from, to, timeMillis }) => {
        const rows = { from, to };
        return { table, rows, timeMillis, goroutines: goroutineCount(table, rows) };
      }),
  );
}
