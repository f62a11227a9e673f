/**
 * `whygo goroutines DUMP|URL|-…`: one dump in groups; two compared; more than two, or one file with
 * several, as growth. `--dlv ADDRESS` reads a program under Delve instead.
 */
import { UserError } from '../base/errors.ts';
import { type GroupBy, parseGroupBy } from '../goroutines/cluster.ts';
import type { LocalVariable } from '../goroutines/delve.ts';
import { type Dump, dumpsOf } from '../goroutines/dumps.ts';
import { goroutinesJson } from '../goroutines/json.ts';
import { printGoroutines } from '../goroutines/print.ts';
import { printComparison, printGrowth } from '../goroutines/print-change.ts';
import type { Frame, GoroutineTable } from '../goroutines/table.ts';
import { frameOrigin, packageOf } from '../report/origin.ts';
import { readGoroutines } from './goroutines-source.ts';
import { stderr, stdout } from './terminal.ts';

export interface GoroutinesFlags {
  readonly json?: boolean;
  readonly groupBy?: string;
  readonly waits?: boolean;
  readonly dlv?: string;
  readonly dlvStop?: string;
}

export async function goroutines(
  sources: readonly string[],
  flags: GoroutinesFlags,
): Promise<void> {
  const by = groupByOf(flags.groupBy);
  if (flags.dlv !== undefined) {
    await fromDelve(flags.dlv, sources, by, flags);
    return;
  }
  if (sources.length === 0) {
    const next = 'name a file, host:port, or - for standard input';
    throw new UserError('bad-option', 'No dump was named', next);
  }
  const tables: GoroutineTable[] = [];
  for (const source of sources) tables.push(await readGoroutines(source));
  const dumps = dumpsOf(tables);
  const last = tables.at(-1);
  if (last === undefined) return;
  if (flags.json === true) {
    const changes = tables.length > 1 || dumps.length > 1 ? dumps : [];
    stdout.line(JSON.stringify(goroutinesJson(last, { by, dumps: changes }), undefined, 2));
  } else if (tables.length > 1) {
    stdout.write(changesText(dumps));
  } else {
    const before = dumps.length > 1 ? `${changesText(dumps)}\nthe last of them:\n` : '';
    const allWaits = flags.waits === true;
    stdout.write(before + printGoroutines(last, standardPackage, { by, allWaits }));
  }
}

function changesText(dumps: readonly Dump[]): string {
  const [earlier, later] = dumps;
  if (dumps.length === 2) return printComparison(earlier, later, standardPackage);
  return printGrowth(dumps, standardPackage);
}

function groupByOf(text: string | undefined): GroupBy {
  const by = parseGroupBy(text ?? 'stack');
  if (by !== undefined) return by;
  const next = 'take stack, similar, state, wait, creator, label or label:KEY';
  throw new UserError('bad-option', `--group-by ${text} is none of its values`, next);
}

const STOP_MILLIS = 2000;

async function fromDelve(
  address: string,
  sources: readonly string[],
  by: GroupBy,
  flags: GoroutinesFlags,
): Promise<void> {
  if (sources.length > 0) {
    const next = 'leave the dumps away, or --dlv';
    throw new UserError('bad-option', 'A dump and --dlv were given together', next);
  }
  const { readDelve } = await import('./goroutines-delve.ts');
  const { table, variables, notes, stoppedMillis } = await readDelve(address, stopMillis(flags));
  const stop =
    stoppedMillis > 0 ? `the program stood still for ${Math.ceil(stoppedMillis)} ms` : '';
  for (const note of [stop, ...notes]) if (note !== '') stderr.line(note);
  if (flags.json === true) {
    stdout.line(JSON.stringify(goroutinesJson(table, { by, dumps: [], variables }), undefined, 2));
    return;
  }
  const allWaits = flags.waits === true;
  const locals = variablesById(table, variables);
  stdout.write(printGoroutines(table, standardPackage, { by, allWaits, variables: locals }));
}

function stopMillis({ dlvStop }: GoroutinesFlags): number {
  if (dlvStop === undefined) return STOP_MILLIS;
  const match = /^(\d+(?:\.\d+)?)(ms|s)$/.exec(dlvStop);
  if (match === null) {
    throw new UserError(
      'bad-duration',
      `--dlv-stop ${dlvStop} is no duration`,
      'write 500ms or 5s',
    );
  }
  return Number(match[1]) * (match[2] === 's' ? 1000 : 1);
}

function variablesById(
  table: GoroutineTable,
  variables: ReadonlyMap<number, readonly LocalVariable[]>,
): ReadonlyMap<number, readonly LocalVariable[]> {
  return new Map([...variables].map(([row, list]) => [table.ids[row], list]));
}

const STANDARD = new Set(['stdlib', 'runtime', 'gc', 'syscall']);

function standardPackage({ function: name, file }: Frame): string | undefined {
  // Linked names (time.Sleep) have their bodies in package runtime: their path says what they are.
  const home = /(^|\/)runtime\/[^/]+$/.test(file) ? '' : file;
  if (!STANDARD.has(frameOrigin(name, home, []))) return undefined;
  const path = packageOf(name);
  return path === '' ? 'runtime' : path;
}
