/**
 * One line → the event that it is. Anything before the runtime's words (a program's own unfinished
 * line, a container runtime's time stamp) is not looked at; `index` tells where they begin.
 */
import type { DetailRow, GcEvent, InitEvent, ScavEvent, SchedEvent } from './events.ts';

export interface Found<E> {
  readonly event: E;
  /** Where in the line the event begins. */
  readonly index: number;
}

const NUMBER = String.raw`([\d.]+)`;
const INTEGER = String.raw`(\d+)`;

const SCHED = new RegExp(
  `SCHED ${INTEGER}ms: gomaxprocs=${INTEGER} idleprocs=${INTEGER} threads=${INTEGER} ` +
    `spinningthreads=${INTEGER}(?: needspinning=${INTEGER})? idlethreads=${INTEGER} ` +
    String.raw`runqueue=${INTEGER}(?: (gcwaiting=.*)| \[ ?([\d ]*)\](?: schedticks=\[ ?([\d ]*)\])?)`,
);

/** With `detail` true its rows follow in the lines below. */
export function schedLine(
  line: string,
): (Found<SchedEvent> & { readonly detail: boolean }) | undefined {
  const match = SCHED.exec(line);
  if (match === null) return undefined;
  const [at, procs, idle, threads, spinning, need, idleThreads, queue] = match.slice(1).map(Number);
  const [detail, locals, ticks] = match.slice(9);
  const event: SchedEvent = {
    kind: 'sched',
    atMillis: at ?? 0,
    gomaxprocs: procs ?? 0,
    idleProcs: idle ?? 0,
    threads: threads ?? 0,
    spinningThreads: spinning ?? 0,
    needSpinning: match[6] === undefined ? undefined : need,
    idleThreads: idleThreads ?? 0,
    runQueue: queue ?? 0,
    localRunQueues: numbers(locals ?? ''),
    schedTicks: ticks === undefined ? undefined : numbers(ticks),
    detail: undefined,
  };
  return { event, index: match.index, detail: detail !== undefined };
}

/** `  P0: status=1 …`, `  M3: p=0 …`, `  G1: status=4(chan receive) m=nil …`. */
export function detailLine(
  line: string,
): (DetailRow & { readonly kind: 'P' | 'M' | 'G' }) | undefined {
  const [, kind, id, rest = ''] = /^ {2}([PMG])(\d+): (.*)$/.exec(line) ?? [];
  if (kind !== 'P' && kind !== 'M' && kind !== 'G') return undefined;
  const fields: Record<string, string> = {};
  for (const [, name = '', value = ''] of rest.matchAll(/(\w+)=(\d+\(.*?\)(?= \w+=|$)|\S*)/g)) {
    fields[name] = value;
  }
  return { kind, id: Number(id), fields };
}

const GC = new RegExp(
  `gc ${INTEGER} @${NUMBER}s ${INTEGER}%(?: \\([^)]*\\))?: ${NUMBER}\\+${NUMBER}\\+${NUMBER} ms clock, ` +
    `${NUMBER}\\+${NUMBER}/${NUMBER}/${NUMBER}\\+${NUMBER} ms cpu, ` +
    `${INTEGER}->${INTEGER}->${INTEGER} MB, ${INTEGER} MB goal, ` +
    `(?:${INTEGER} MB stacks, ${INTEGER} MB globals, )?${INTEGER} P( \\(forced\\))?`,
);

export function gcLine(line: string): Found<GcEvent> | undefined {
  const match = GC.exec(line);
  if (match === null) return undefined;
  const n = (group: number) => Number(match[group] ?? 0);
  const optional = (group: number) => (match[group] === undefined ? undefined : n(group));
  const event: GcEvent = {
    kind: 'gc',
    cycle: n(1),
    atSeconds: n(2),
    cpuPercent: n(3),
    clock: { sweepTerm: n(4), mark: n(5), markTerm: n(6) },
    cpu: { sweepTerm: n(7), assist: n(8), background: n(9), idle: n(10), markTerm: n(11) },
    heapStartMB: n(12),
    heapEndMB: n(13),
    heapLiveMB: n(14),
    goalMB: n(15),
    stacksMB: optional(16),
    globalsMB: optional(17),
    procs: n(18),
    forced: match[19] !== undefined,
  };
  return { event, index: match.index };
}

const INIT = new RegExp(
  String.raw`init (\S+) @${NUMBER} ms, ${NUMBER} ms clock, ${INTEGER} bytes, ${INTEGER} allocs`,
);

export function initLine(line: string): Found<InitEvent> | undefined {
  const match = INIT.exec(line);
  if (match === null) return undefined;
  const [, name = '', at, clock, bytes, allocs] = match;
  const event: InitEvent = {
    kind: 'init',
    package: name,
    atMillis: Number(at),
    clockMillis: Number(clock),
    bytes: Number(bytes),
    allocs: Number(allocs),
  };
  return { event, index: match.index };
}

const SCAV = new RegExp(
  `scav ${INTEGER} KiB work(?: \\(bg\\), ${INTEGER} KiB work \\(eager\\))?, ` +
    `${INTEGER} KiB (?:now|total), ${INTEGER}% util( \\(forced\\))?`,
);

export function scavLine(line: string): Found<ScavEvent> | undefined {
  const match = SCAV.exec(line);
  if (match === null) return undefined;
  const [, background, eager, released, util, forced] = match;
  const event: ScavEvent = {
    kind: 'scav',
    backgroundKiB: Number(background),
    eagerKiB: eager === undefined ? undefined : Number(eager),
    releasedKiB: Number(released),
    utilPercent: Number(util),
    forced: forced !== undefined,
  };
  return { event, index: match.index };
}

function numbers(text: string): readonly number[] {
  const trimmed = text.trim();
  return trimmed === '' ? [] : trimmed.split(/ +/).map(Number);
}
