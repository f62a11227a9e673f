/**
 * Names of goroutines: the function in which each starts.
 *
 * Go takes the root of the first stack seen on a goroutine (internal/trace/summary.go of Go 1.26), and
 * leaves the rest without a name. Of those, many have stacks elsewhere in the trace: when they wake or
 * create another, in CPU samples, at ranges, regions, tasks and logs. All stacks of a goroutine have one
 * root. Two passes over the state rows where there are unnamed ones, none otherwise.
 */
import { forEachState } from '../states.ts';
import { GoCause, goCause } from '../statetrack.ts';
import type { Trace } from '../trace.ts';
import { rootFrame } from './selection.ts';

export interface GoroutineNames {
  /** String index of the start function; 0 = there is no stack of it in the trace. */
  readonly name: Int32Array;
  /** Its frame, -1 = none. */
  readonly frame: Int32Array;
  /** 1 where go tool trace has no name. */
  readonly isInferred: Uint8Array;
}

export function goroutineNames(trace: Trace): GoroutineNames {
  const { goroutines, frames } = trace;
  const frame = new Int32Array(goroutines.length).fill(-1);
  const isInferred = new Uint8Array(goroutines.length);
  const take = (go: number, stack: number, isOwn: boolean) => {
    if (go < 0 || frame[go] >= 0) return;
    const root = rootFrame(trace, stack);
    // The runtime has empty stacks of one frame without a function.
    if (root < 0 || frames.func[root] === 0) return;
    frame[go] = root;
    isInferred[go] = isOwn ? 0 : 1;
  };
  for (let go = 0; go < frame.length; go++) take(go, goroutines.firstStack[go], true);
  if (frame.includes(-1)) {
    forEachStackOfOwn(trace, (go, stack) => take(go, stack, true));
    forEachOtherStack(trace, (go, stack) => take(go, stack, false));
  }
  const name = Int32Array.from(frame, (root) => (root < 0 ? 0 : frames.func[root]));
  return { name, frame, isInferred };
}

/** The goroutines of a group, 1 for each, by start function; '' are those without a name. */
export function goroutinesNamed(trace: Trace, name: string): Uint8Array {
  const names = goroutineNames(trace);
  return Uint8Array.from(names.name, (index) => (trace.strings[index] === name ? 1 : 0));
}

type StackVisitor = (goroutine: number, stack: number) => void;

/** Stacks with which goroutines block, stop and enter syscalls. */
function forEachStackOfOwn(trace: Trace, visit: StackVisitor): void {
  forEachState(trace.goroutineStates, trace.duration, (go, _start, _end, packed, _a, b) => {
    const cause = goCause(packed);
    const isOwn = cause === GoCause.blocked || cause === GoCause.stopped;
    if (isOwn || cause === GoCause.syscallBegin) visit(go, b);
  });
}

function forEachOtherStack(trace: Trace, visit: StackVisitor): void {
  const { samples, ranges, regions, logs, tasks } = trace;
  forEachState(trace.goroutineStates, trace.duration, (_go, _start, _end, packed, a, b) => {
    const cause = goCause(packed);
    if (cause === GoCause.unblocked || cause === GoCause.created) visit(a, b);
  });
  for (let i = 0; i < regions.length; i++) visit(regions.goroutine[i], regions.startStack[i]);
  for (let i = 0; i < logs.length; i++) visit(logs.goroutine[i], logs.stack[i]);
  for (let i = 0; i < tasks.length; i++) visit(tasks.startGoroutine[i], tasks.startStack[i]);
  for (let i = 0; i < ranges.length; i++) visit(ranges.goroutine[i], ranges.stack[i]);
  for (let i = 0; i < samples.length; i++) visit(samples.goroutine[i], samples.stack[i]);
}

/** As runtime.isSystemGoroutine has it, by the name of the start function. */
export function isSystemGoroutine(name: string): boolean {
  return name === '' || (name !== 'runtime.main' && name.startsWith('runtime.'));
}
