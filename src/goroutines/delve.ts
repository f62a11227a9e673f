/**
 * What a headless Delve answers (JSON-RPC, API version 2) → the table of a dump, with the local
 * variables that were read. It does not talk to Delve: requests and replies are the caller's.
 *
 * Shapes: service/api/types.go and service/rpc2/server.go of github.com/go-delve/delve 1.20 to
 * 1.27. Wait reasons are numbers that differ between Go versions, so their names come from the
 * target's own runtime.waitReasonStrings.
 */
import { z } from 'zod';
import { encodeUtf8 } from '../base/utf8.ts';
import { type GoroutineHeader, UNKNOWN_HEADER } from './header.ts';
import { FrameRun, TableRows } from './rows.ts';
import type { GoroutineTable } from './table.ts';

const location = z.object({
  pc: z.number(),
  file: z.string(),
  line: z.number(),
  function: z.object({ name: z.string() }).nullish(),
});

export const delveGoroutine = z.object({
  id: z.number(),
  goStatementLoc: location,
  status: z.number(),
  /** Nanoseconds of the target's monotonic clock; 0 = not said. */
  waitSince: z.number().optional(),
  waitReason: z.number().optional(),
  unreadable: z.string().optional(),
  labels: z.record(z.string(), z.string()).optional(),
});

export interface DelveVariable {
  readonly name: string;
  readonly type: string;
  readonly kind: number;
  readonly value: string;
  readonly len: number;
  readonly cap: number;
  readonly addr: number;
  readonly base: number;
  readonly unreadable: string;
  readonly children?: readonly DelveVariable[] | null | undefined;
}

export const delveVariable: z.ZodType<DelveVariable> = z.lazy(() =>
  z.object({
    name: z.string(),
    type: z.string(),
    kind: z.number(),
    value: z.string(),
    len: z.number(),
    cap: z.number(),
    addr: z.number(),
    base: z.number(),
    unreadable: z.string(),
    children: z.array(delveVariable).nullish(),
  }),
);

export const delveFrame = location.extend({
  Locals: z.array(delveVariable).nullish(),
  Arguments: z.array(delveVariable).nullish(),
});

export const delveGoroutines = z.object({
  Goroutines: z.array(delveGoroutine).nullable(),
  /** Where the next page begins; negative at the end. */
  Nextg: z.number(),
});
export const delveStack = z.object({ Locations: z.array(delveFrame).nullable() });
export const delveValue = z.object({ Variable: delveVariable.nullish() });

export type DelveGoroutine = z.infer<typeof delveGoroutine>;
export type DelveFrame = z.infer<typeof delveFrame>;

export interface DelveDump {
  readonly goroutines: readonly {
    readonly goroutine: DelveGoroutine;
    /** Leaf first; undefined when it was not read any more. */
    readonly frames: readonly DelveFrame[] | undefined;
  }[];
  /** By number; empty when the target could not be asked. */
  readonly waitReasons: readonly string[];
  /** The target's monotonic clock, in nanoseconds; NaN = not known (it is on another machine). */
  readonly now: number;
}

/** A variable in words. */
export interface LocalVariable {
  /** Index of the frame in the stack. */
  readonly frame: number;
  readonly name: string;
  readonly type: string;
  readonly value: string;
}

export interface DelveTable {
  readonly table: GoroutineTable;
  /** By row; only rows whose variables were read. */
  readonly variables: ReadonlyMap<number, readonly LocalVariable[]>;
}

/** Statuses of runtime/runtime2.go; the dead ones are no goroutines. */
const STATUS = [
  'idle',
  'runnable',
  'running',
  'syscall',
  'waiting',
  '',
  'dead',
  '',
  'copystack',
  'preempted',
];
const DEAD = [6, 11];
const LEAKED = 10;
const WAITING = 4;
const MINUTE_NANOS = 60e9;

export function delveTable({ goroutines, waitReasons, now }: DelveDump): DelveTable {
  const rows = new TableRows(true);
  const headers = new Map<string, number>();
  const variables = new Map<number, readonly LocalVariable[]>();
  const run = new FrameRun();
  for (const { goroutine, frames } of goroutines) {
    if (DEAD.includes(goroutine.status)) continue;
    const header = headerOf(goroutine, waitReasons, now);
    const key = JSON.stringify(header);
    const number = headers.get(key) ?? rows.addHeader(header);
    headers.set(key, number);
    run.length = 0;
    for (const frame of frames ?? []) addFrame(rows, run, frame);
    const row = rows.length;
    const locals = (frames ?? []).flatMap(variablesOf);
    if (locals.length > 0) variables.set(row, locals);
    const created = goroutine.goStatementLoc;
    const hasCreator = created.pc !== 0 && created.function?.name !== 'runtime.newproc';
    addArguments(rows, frames ?? []);
    rows.addRow({
      kind: 'goroutines',
      spot: { offset: 0, line: 0, prefix: undefined },
      count: 1,
      id: goroutine.id,
      header: number,
      stack: rows.stacks.intern(run.pairs, run.length),
      createdBy: hasCreator ? intern(rows, 'functions', nameOf(created)) : -1,
      createdAt: hasCreator ? intern(rows, 'places', `${created.file}:${created.line}`) : -1,
      creator: -1,
      ancestors: [],
    });
  }
  return { table: { ...rows.table(0), isDump: true }, variables };
}

function headerOf(
  { status, waitReason = 0, waitSince = 0, labels = {} }: DelveGoroutine,
  waitReasons: readonly string[],
  now: number,
): GoroutineHeader {
  const waits = status === WAITING || status === LEAKED;
  const reason = waits ? (waitReasons[waitReason] ?? '') : '';
  const waited = waitSince > 0 ? Math.floor((now - waitSince) / MINUTE_NANOS) : 0;
  const name = STATUS[status] ?? '';
  return {
    ...UNKNOWN_HEADER,
    state: reason === '' ? name : reason.replace(/ \(durable\)$/, ''),
    leaked: status === LEAKED,
    durable: reason.endsWith(' (durable)'),
    // A clock of another machine gives nonsense, which is worse than nothing.
    waitMinutes: waited > 0 ? waited : 0,
    labels: Object.entries(labels),
  };
}

function nameOf({
  function: called,
  pc,
}: {
  function?: { name: string } | null | undefined;
  pc: number;
}): string {
  return called?.name ?? `0x${pc.toString(16)}`;
}

function intern(rows: TableRows, of: 'functions' | 'places', text: string): number {
  const bytes = encodeUtf8(text);
  return rows[of].intern(bytes, 0, bytes.length);
}

function addFrame(rows: TableRows, run: FrameRun, frame: DelveFrame): void {
  const place = intern(rows, 'places', `${frame.file}:${frame.line}`);
  run.add(intern(rows, 'functions', nameOf(frame)), place);
}

const POINTER = 22;
const CHANNEL = 18;
const INTERFACE = 20;
const UNSAFE_POINTER = 26;

/** Pointers and channels among the arguments, as a traceback would print them. */
function addArguments(rows: TableRows, frames: readonly DelveFrame[]): void {
  frames.forEach((frame, i) => {
    (frame.Arguments ?? []).forEach((variable, position) => {
      const address = addressOf(variable);
      if (address > 0) rows.arguments?.add(i, position, address, false);
    });
  });
}

function addressOf({ kind, base, children }: DelveVariable): number {
  if (kind === CHANNEL) return base;
  if (kind === POINTER || kind === UNSAFE_POINTER) return children?.[0]?.addr ?? 0;
  return 0;
}

function variablesOf(frame: DelveFrame, index: number): LocalVariable[] {
  return (
    [...(frame.Arguments ?? []), ...(frame.Locals ?? [])]
      // ~r0 is a result, .autotmp_1 the compiler's own.
      .filter(({ name, unreadable }) => unreadable === '' && /^[^~.]/.test(name))
      .map((variable) => ({
        frame: index,
        name: variable.name,
        type: variable.type,
        value: variableText(variable, 2),
      }))
  );
}

const SHOWN_CHILDREN = 6;
const KIND_STRING = 24;
const KIND_SLICE = 23;
const KIND_STRUCT = 25;
const KIND_MAP = 21;

/** A value as Go would write it, cut to what fits on a line. */
export function variableText(variable: DelveVariable, depth: number): string {
  const { kind, value, len, cap, base, type, unreadable } = variable;
  const children = variable.children ?? [];
  if (unreadable !== '') return `(${unreadable})`;
  switch (kind) {
    case KIND_STRING:
      return JSON.stringify(value) + (len > value.length ? `… ${len} bytes` : '');
    case CHANNEL:
      return base === 0 ? 'nil' : `chan 0x${base.toString(16)} ${len}/${cap}`;
    case POINTER: {
      const [target] = children;
      if (target === undefined || target.addr === 0) return 'nil';
      const address = `0x${target.addr.toString(16)}`;
      return depth > 0 && target.kind === KIND_STRUCT
        ? `${address} &${variableText(target, depth - 1)}`
        : address;
    }
    case INTERFACE:
      return children[0] === undefined || children[0].kind === 0
        ? 'nil'
        : variableText(children[0], depth);
    case KIND_SLICE:
      return `len ${len}, cap ${cap}`;
    case KIND_MAP:
      return `len ${len}`;
    case KIND_STRUCT: {
      if (depth <= 0) return type;
      const shown = children.slice(0, SHOWN_CHILDREN);
      const fields = shown.map((child) => `${child.name}: ${variableText(child, depth - 1)}`);
      return `{${fields.join(', ')}${children.length > shown.length ? ', …' : ''}}`;
    }
    default:
      return value === '' ? type : value;
  }
}
