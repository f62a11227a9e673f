/** The ordering's rules for goroutines: see ordering.ts. */
import { EventType, eventName } from './eventtype.ts';
import type { Ordering } from './ordering.ts';
import {
  Advance,
  BLOCKED,
  CREATED,
  CREATED_BLOCKED,
  GO_STATE,
  LAST_STATUS,
  row,
  STARTED,
  STATUS_NAMES,
  STOPPED,
  Status,
  SWITCHED_AWAKE,
  SWITCHED_IN,
  SWITCHED_OUT,
  UNBLOCKED,
} from './orderstatus.ts';
import { GoCause, GoState } from './statetrack.ts';

export function goStatusEvent(o: Ordering, c: number, m: number, p: number, g: number): number {
  const { frontier, builder } = o;
  const go = o.internGo(c);
  const wire = frontier.lo[4 * c + 2] & 0xff;
  if (wire > LAST_STATUS) {
    return o.broken(`invalid status for goroutine ${o.goId(go)}: ${wire}`);
  }
  const status = wire + 1;
  const old = o.goStatus[go];
  const isNew = old === Status.none;
  if (!isNew && old !== status) {
    const names = `${STATUS_NAMES[old]} vs. new ${STATUS_NAMES[status]}`;
    return o.broken(`inconsistent status for goroutine ${o.goId(go)}: old ${names}`);
  }
  if (isNew && !o.isInitial) {
    const words = `id=${o.goId(go)} status=${STATUS_NAMES[status]}`;
    return o.broken(
      `found goroutine status for new goroutine after the first generation: ${words}`,
    );
  }
  let thread = m;
  let goNow = g;
  if (status === Status.goSyscall) {
    const lo = frontier.lo[4 * c + 1];
    const hi = frontier.hi[4 * c + 1];
    if (lo === 0xffffffff && hi === 0xffffffff) {
      return o.broken(`found goroutine ${o.goId(go)} in syscall without a thread`);
    }
    thread = builder.threadIds.intern(lo, hi);
    if (thread >= o.threadGo.length) o.reserve();
    const isElsewhere = thread !== m;
    const isSeen = o.threadIsKnown[thread] === 1;
    const mustMatch = isElsewhere ? isSeen : !o.isInitial;
    if (mustMatch && o.threadGo[thread] !== go) {
      const has = o.threadGo[thread] < 0 ? -1 : o.goId(o.threadGo[thread]);
      const words = `${o.goId(go)}: thread has goroutine ${has}`;
      return o.broken(`inconsistent thread for syscalling goroutine ${words}`);
    }
    // A goroutine that has been in a syscall since before the trace binds its thread only now.
    if (isElsewhere && isSeen) goNow = go;
    o.threadIsKnown[thread] = 1;
    o.threadGo[thread] = go;
  } else if (status === Status.goRunning && m >= 0) {
    o.threadGo[m] = go;
  }
  o.goStatus[go] = status;
  o.goSeq[go] = 0;
  const kind = frontier.type[c];
  const stack = kind === EventType.GoStatusStack ? o.stackAt(c, 3) : 0;
  const state = GO_STATE[wire];
  const states = (isNew ? GoState.undetermined : state) | (state << 8);
  const time = o.deliver(kind, frontier.time[c], thread, p, goNow, stack, go, states);
  if (isNew) introduce(o, time, go, state, stack, thread, p);
  else builder.sawStack(go, stack);
  return Advance.yes;
}

/** The first row of a goroutine that was there before the trace. */
function introduce(
  o: Ordering,
  time: number,
  go: number,
  state: number,
  stack: number,
  thread: number,
  p: number,
): void {
  const { builder } = o;
  o.closeAll(go);
  builder.addGoroutine(go, time, 0, -1, 0);
  builder.sawStack(go, stack);
  o.syscallStack[go] = stack;
  let a = -1;
  let b = stack;
  if (state === GoState.running) {
    a = p;
    b = thread;
  } else if (state === GoState.waiting) a = 0;
  else if (state === GoState.syscall) a = thread;
  builder.goroutineStates.push(time, go, row(state, GoCause.status), a, b);
}

export function goCreate(o: Ordering, c: number, m: number, p: number, g: number): number {
  if (m < 0 || p < 0) return o.lacks(m, p, g);
  const { frontier, builder } = o;
  const kind = frontier.type[c];
  if (g >= 0 && o.goStatus[g] !== Status.none && o.goStatus[g] !== Status.goRunning) {
    return o.broken(`${eventName(kind)} event for goroutine that's not Running`);
  }
  const go = o.internGo(c);
  if (o.goStatus[go] !== Status.none) {
    return o.broken(`tried to create goroutine (${o.goId(go)}) that already exists`);
  }
  const isBlocked = kind === EventType.GoCreateBlocked;
  o.goStatus[go] = isBlocked ? Status.goWaiting : Status.goRunnable;
  o.goSeq[go] = 0;
  o.closeAll(go);
  const start = o.stackAt(c, 1);
  const stack = o.stackAt(c, 2);
  const time = o.deliver(kind, frontier.time[c], m, p, g, stack, go, start);
  builder.addGoroutine(go, time, start, g, stack);
  builder.goroutineStates.push(time, go, isBlocked ? CREATED_BLOCKED : CREATED, g, stack);
  return Advance.yes;
}

export function goStopExec(o: Ordering, c: number, m: number, p: number, g: number): number {
  if (m < 0 || p < 0 || g < 0) return o.lacks(m, p, g);
  const { frontier, builder } = o;
  const kind = frontier.type[c];
  if (o.goStatus[g] !== Status.goRunning) return notRunning(o, kind, g);
  o.threadGo[m] = -1;
  if (kind === EventType.GoDestroy) {
    const time = o.deliver(kind, frontier.time[c], m, p, g, 0, 0, 0);
    destroy(o, g, time);
    return Advance.yes;
  }
  const reason = o.stringAt(c, 0);
  const stack = o.stackAt(c, 1);
  const isBlock = kind === EventType.GoBlock;
  o.goStatus[g] = isBlock ? Status.goWaiting : Status.goRunnable;
  const time = o.deliver(kind, frontier.time[c], m, p, g, stack, reason, 0);
  builder.sawStack(g, stack);
  builder.goroutineStates.push(time, g, isBlock ? BLOCKED : STOPPED, reason, stack);
  return Advance.yes;
}

export function notRunning(o: Ordering, kind: number, g: number): number {
  const name = eventName(kind);
  return o.goStatus[g] === Status.none
    ? o.broken(`event ${name} for goroutine (${o.goId(g)}) that doesn't exist`)
    : o.broken(`${name} event for goroutine that's not Running`);
}

export function destroy(o: Ordering, g: number, time: number): void {
  o.goStatus[g] = Status.none;
  o.builder.endGoroutine(g, time);
}

export function goStart(o: Ordering, c: number, m: number, p: number, g: number): number {
  const go = o.findGo(c);
  const seq = o.number(c, 1);
  if (go < 0 || o.goStatus[go] !== Status.goRunnable || seq !== o.goSeq[go] + 1) {
    return Advance.no;
  }
  if (m < 0 || p < 0) return o.lacks(m, p, g);
  if (g >= 0) return o.broken('expected no goroutine but had one');
  o.goStatus[go] = Status.goRunning;
  o.goSeq[go] = seq;
  o.threadGo[m] = go;
  const time = o.deliver(EventType.GoStart, o.frontier.time[c], m, p, g, 0, go, 0);
  o.builder.goroutineStates.push(time, go, STARTED, p, m);
  return Advance.yes;
}

export function goUnblock(o: Ordering, c: number, m: number, p: number, g: number): number {
  const go = o.findGo(c);
  const seq = o.number(c, 1);
  if (go < 0 || o.goStatus[go] !== Status.goWaiting || seq !== o.goSeq[go] + 1) {
    return Advance.no;
  }
  o.goStatus[go] = Status.goRunnable;
  o.goSeq[go] = seq;
  const stack = o.stackAt(c, 2);
  const time = o.deliver(EventType.GoUnblock, o.frontier.time[c], m, p, g, stack, go, 0);
  o.builder.goroutineStates.push(time, go, UNBLOCKED, g, stack);
  return Advance.yes;
}

/** Three events in one: the next goroutine wakes, the current one blocks or ends, the next runs. */
export function goSwitch(o: Ordering, c: number, m: number, p: number, g: number): number {
  if (m < 0 || p < 0 || g < 0) return o.lacks(m, p, g);
  const { frontier, builder } = o;
  const kind = frontier.type[c];
  if (o.goStatus[g] !== Status.goRunning) return notRunning(o, kind, g);
  const next = o.findGo(c);
  const seq = o.number(c, 1);
  if (next < 0 || o.goStatus[next] !== Status.goWaiting || seq !== o.goSeq[next] + 1) {
    return Advance.no;
  }
  const woken = o.deliver(kind, frontier.time[c], m, p, g, 0, next, 0);
  builder.goroutineStates.push(woken, next, SWITCHED_AWAKE, g, 0);
  if (kind === EventType.GoSwitch) {
    o.goStatus[g] = Status.goWaiting;
    const blocked = o.deliver(EventType.GoBlock, frontier.time[c], m, p, g, 0, 0, 0);
    builder.goroutineStates.push(blocked, g, SWITCHED_OUT, 0, 0);
  } else {
    destroy(o, g, o.deliver(EventType.GoDestroy, frontier.time[c], m, p, g, 0, 0, 0));
  }
  o.goStatus[next] = Status.goRunning;
  o.goSeq[next] = seq;
  o.threadGo[m] = next;
  const started = o.deliver(EventType.GoStart, frontier.time[c], m, p, -1, 0, next, 0);
  builder.goroutineStates.push(started, next, SWITCHED_IN, p, m);
  return Advance.yes;
}
