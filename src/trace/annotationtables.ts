/** Builders of the tables that grow by a row now and then: ranges, tasks, regions, logs, samples. */
import { Floats, Ints } from './growing.ts';
import { IdTable } from './idtable.ts';
import { type Kernel, SLOT } from './kernel/kernel.ts';
import type {
  Counter,
  CpuSampleTable,
  LabelTable,
  LogTable,
  RangeKind,
  RangeTable,
  RegionTable,
  TaskTable,
} from './trace.ts';

const KERNEL_HEAP_ROWS = 4096;

export class RangeBuilder {
  private readonly kind = new Ints();
  private readonly start = new Floats();
  private readonly end = new Floats();
  private readonly scope = new Ints();
  private readonly goroutine = new Ints();
  private readonly reason = new Ints();
  private readonly stack = new Ints();
  private readonly swept = new Floats();
  private readonly reclaimed = new Floats();

  /** A range begins, or (start NaN) is found under way. Gives its row, for `end`. */
  begin(
    kind: RangeKind,
    start: number,
    scope: number,
    goroutine: number,
    reason: number,
    stack: number,
  ): number {
    this.kind.push(kind);
    this.start.push(start);
    this.end.push(Number.NaN);
    this.scope.push(scope);
    this.goroutine.push(goroutine);
    this.reason.push(reason);
    this.stack.push(stack);
    this.swept.push(0);
    this.reclaimed.push(0);
    return this.kind.length - 1;
  }

  finishRange(row: number, end: number, swept: number, reclaimed: number): void {
    this.end.array[row] = end;
    this.swept.array[row] = swept;
    this.reclaimed.array[row] = reclaimed;
  }

  reasonOf(row: number): number {
    return this.reason.array[row];
  }

  get length(): number {
    return this.kind.length;
  }

  finish(): RangeTable {
    return {
      length: this.kind.length,
      kind: Uint8Array.from(this.kind.freeze()),
      start: this.start.freeze(),
      end: this.end.freeze(),
      scope: this.scope.freeze(),
      goroutine: this.goroutine.freeze(),
      reason: this.reason.freeze(),
      stack: this.stack.freeze(),
      swept: this.swept.freeze(),
      reclaimed: this.reclaimed.freeze(),
    };
  }
}

interface TaskContext {
  readonly name: number;
  readonly startGoroutine: number;
  readonly endGoroutine: number;
  readonly startStack: number;
  readonly endStack: number;
}

/** The tasks as the ordering needs them: built as they come, or looked up when events come again. */
export interface TaskRegistry {
  rowOf(lo: number, hi: number): number;
  isActive(lo: number, hi: number): boolean;
  begin(
    lo: number,
    hi: number,
    parent: number,
    name: number,
    start: number,
    goroutine: number,
    stack: number,
  ): number;
  finishTask(lo: number, hi: number, end: number, goroutine: number, stack: number): number;
  nameOf(row: number): number;
  idOf(row: number): bigint;
  isSameId(row: number, other: number): boolean;
  forgetActive(): void;
  finish(): TaskTable;
}

/** Tasks by id. `ids` numbers the ids; an id's current row changes when the id is used again. */
export class TaskBuilder implements TaskRegistry {
  readonly ids = new IdTable();
  private readonly current = new Ints();
  private readonly active = new Ints();
  private readonly id = new Ints();
  private readonly parent = new Ints();
  private readonly name = new Ints();
  private readonly start = new Floats();
  private readonly end = new Floats();
  private readonly startGoroutine = new Ints();
  private readonly endGoroutine = new Ints();
  private readonly startStack = new Ints();
  private readonly endStack = new Ints();

  get length(): number {
    return this.id.length;
  }

  /** The task that an id stands for now; -1 for the background task (0) and for no task (2^64-1). */
  rowOf(lo: number, hi: number): number {
    if (hi === 0 && lo === 0) return -1;
    if (hi === 0xffffffff && lo === 0xffffffff) return -1;
    const id = this.idIndex(lo, hi);
    if (this.current.array[id] < 0) this.append(id);
    return this.current.array[id];
  }

  isActive(lo: number, hi: number): boolean {
    const id = this.ids.find(lo, hi);
    return id >= 0 && this.active.array[id] === 1;
  }

  begin(
    lo: number,
    hi: number,
    parent: number,
    name: number,
    start: number,
    goroutine: number,
    stack: number,
  ): number {
    const id = this.idIndex(lo, hi);
    const known = this.current.array[id];
    // A row that has neither begun nor ended was made by a mention, and is this task's.
    const row = known < 0 || this.isUsed(known) ? this.append(id) : known;
    this.active.array[id] = 1;
    this.parent.array[row] = parent;
    this.name.array[row] = name;
    this.start.array[row] = start;
    this.startGoroutine.array[row] = goroutine;
    this.startStack.array[row] = stack;
    return row;
  }

  /** Gives the row of the task that ends. */
  finishTask(lo: number, hi: number, end: number, goroutine: number, stack: number): number {
    const id = this.idIndex(lo, hi);
    if (this.current.array[id] < 0) this.append(id);
    const row = this.current.array[id];
    this.active.array[id] = 0;
    if (Number.isNaN(this.end.array[row])) {
      this.end.array[row] = end;
      this.endGoroutine.array[row] = goroutine;
      this.endStack.array[row] = stack;
    }
    return row;
  }

  nameOf(row: number): number {
    return this.name.array[row];
  }

  /** Takes a task of a part that follows: one that is known here, or a new row. Gives the row. */
  absorb(
    lo: number,
    hi: number,
    row: { readonly start: number; readonly end: number } & TaskContext,
  ): number {
    const id = this.idIndex(lo, hi);
    const known = this.current.array[id];
    if (!Number.isNaN(row.start)) {
      const task = this.begin(lo, hi, -1, row.name, row.start, row.startGoroutine, row.startStack);
      this.setEnd(task, row);
      return task;
    }
    const task = known < 0 ? this.append(id) : known;
    if (Number.isNaN(this.end.array[task])) this.setEnd(task, row);
    return task;
  }

  setParent(row: number, parent: number): void {
    if (this.parent.array[row] < 0) this.parent.array[row] = parent;
  }

  private setEnd(task: number, row: { readonly end: number } & TaskContext): void {
    this.end.array[task] = row.end;
    this.endGoroutine.array[task] = row.endGoroutine;
    this.endStack.array[task] = row.endStack;
  }

  /** After a gap nothing is known to be active, and every id may begin. */
  forgetActive(): void {
    this.active.array.fill(0);
  }

  /** Whether two rows (or -1) have one id. */
  isSameId(row: number, other: number): boolean {
    if (row === other) return true;
    return row >= 0 && other >= 0 && this.id.array[row] === this.id.array[other];
  }

  idOf(row: number): bigint {
    const id = this.id.array[row];
    return (BigInt(this.ids.hi[id]) << 32n) | BigInt(this.ids.lo[id]);
  }

  finish(): TaskTable {
    const ids = this.ids.ids();
    return {
      length: this.id.length,
      id: BigUint64Array.from(this.id.freeze(), (index) => ids[index]),
      parent: this.parent.freeze(),
      name: this.name.freeze(),
      start: this.start.freeze(),
      end: this.end.freeze(),
      startGoroutine: this.startGoroutine.freeze(),
      endGoroutine: this.endGoroutine.freeze(),
      startStack: this.startStack.freeze(),
      endStack: this.endStack.freeze(),
    };
  }

  private isUsed(row: number): boolean {
    return !Number.isNaN(this.start.array[row]) || !Number.isNaN(this.end.array[row]);
  }

  private idIndex(lo: number, hi: number): number {
    const id = this.ids.intern(lo, hi);
    if (id === this.current.length) {
      this.current.push(-1);
      this.active.push(0);
    }
    return id;
  }

  private append(id: number): number {
    const row = this.id.length;
    this.id.push(id);
    this.parent.push(-1);
    this.name.push(0);
    this.start.push(Number.NaN);
    this.end.push(Number.NaN);
    this.startGoroutine.push(-1);
    this.endGoroutine.push(-1);
    this.startStack.push(0);
    this.endStack.push(0);
    this.current.array[id] = row;
    return row;
  }
}

export class RegionBuilder {
  private readonly task = new Ints();
  private readonly name = new Ints();
  private readonly goroutine = new Ints();
  private readonly parent = new Ints();
  private readonly start = new Floats();
  private readonly end = new Floats();
  private readonly startStack = new Ints();
  private readonly endStack = new Ints();
  /** The open region around each open one, -1 = none: `parent`, less those that have ended. */
  private readonly outer = new Ints();

  /** A region begins, or (start NaN) one ends that began before the trace. Gives its row. */
  begin(
    task: number,
    name: number,
    goroutine: number,
    parent: number,
    start: number,
    stack: number,
  ): number {
    this.task.push(task);
    this.name.push(name);
    this.goroutine.push(goroutine);
    this.parent.push(parent);
    this.start.push(start);
    this.end.push(Number.NaN);
    this.startStack.push(stack);
    this.endStack.push(0);
    this.outer.push(parent);
    return this.task.length - 1;
  }

  /** The open region around an open one; -1 = none. */
  around(row: number): number {
    return this.outer.array[row];
  }

  /** The innermost open region once `row`, one of those open around `innermost`, is not any more. */
  without(innermost: number, row: number): number {
    if (row === innermost) return this.outer.array[row];
    let inside = innermost;
    while (this.outer.array[inside] !== row) inside = this.outer.array[inside];
    this.outer.array[inside] = this.outer.array[row];
    return innermost;
  }

  finishRegion(row: number, end: number, stack: number): void {
    this.end.array[row] = end;
    this.endStack.array[row] = stack;
  }

  taskOf(row: number): number {
    return this.task.array[row];
  }

  nameOf(row: number): number {
    return this.name.array[row];
  }

  finish(): RegionTable {
    return {
      length: this.task.length,
      task: this.task.freeze(),
      name: this.name.freeze(),
      goroutine: this.goroutine.freeze(),
      parent: this.parent.freeze(),
      start: this.start.freeze(),
      end: this.end.freeze(),
      startStack: this.startStack.freeze(),
      endStack: this.endStack.freeze(),
    };
  }
}

export class LogBuilder {
  /** Logs before the first row: not 0 when events are decoded again from somewhere within. */
  private readonly before: number;
  private readonly time = new Floats();
  private readonly task = new Ints();
  private readonly goroutine = new Ints();
  private readonly category = new Ints();
  private readonly message = new Ints();
  private readonly stack = new Ints();

  constructor(before = 0) {
    this.before = before;
  }

  push(
    time: number,
    task: number,
    goroutine: number,
    category: number,
    message: number,
    stack: number,
  ): number {
    this.time.push(time);
    this.task.push(task);
    this.goroutine.push(goroutine);
    this.category.push(category);
    this.message.push(message);
    this.stack.push(stack);
    return this.before + this.time.length - 1;
  }

  finish(): LogTable {
    return {
      length: this.time.length,
      time: this.time.freeze(),
      task: this.task.freeze(),
      goroutine: this.goroutine.freeze(),
      category: this.category.freeze(),
      message: this.message.freeze(),
      stack: this.stack.freeze(),
    };
  }
}

export class CpuSampleBuilder {
  private readonly time = new Floats();
  private readonly thread = new Ints();
  private readonly proc = new Ints();
  private readonly goroutine = new Ints();
  private readonly stack = new Ints();

  push(time: number, thread: number, proc: number, goroutine: number, stack: number): void {
    this.time.push(time);
    this.thread.push(thread);
    this.proc.push(proc);
    this.goroutine.push(goroutine);
    this.stack.push(stack);
  }

  finish(): CpuSampleTable {
    return {
      length: this.time.length,
      time: this.time.freeze(),
      thread: this.thread.freeze(),
      proc: this.proc.freeze(),
      goroutine: this.goroutine.freeze(),
      stack: this.stack.freeze(),
    };
  }
}

export class LabelBuilder {
  private readonly time = new Floats();
  private readonly goroutine = new Ints();
  private readonly label = new Ints();

  push(time: number, goroutine: number, label: number): void {
    this.time.push(time);
    this.goroutine.push(goroutine);
    this.label.push(label);
  }

  finish(): LabelTable {
    return {
      length: this.time.length,
      time: this.time.freeze(),
      goroutine: this.goroutine.freeze(),
      label: this.label.freeze(),
    };
  }
}

export class CounterBuilder {
  private readonly time = new Floats();
  private readonly value = new Floats();

  push(time: number, value: number): void {
    this.time.push(time);
    this.value.push(value);
  }

  finish(): Counter {
    return { length: this.time.length, time: this.time.freeze(), value: this.value.freeze() };
  }
}

/** Heap sizes come from the kernel too, which keeps a few thousand of them at a time. */
export class HeapCounterBuilder extends CounterBuilder {
  private readonly kernel: Kernel;
  private rows = new Float64Array(0);

  constructor(kernel: Kernel) {
    super();
    this.kernel = kernel;
    kernel.columnFloats(SLOT.heapRows, 2 * KERNEL_HEAP_ROWS, (view) => {
      this.rows = view;
    });
  }

  override push(time: number, value: number): void {
    this.drain();
    super.push(time, value);
  }

  override finish(): Counter {
    this.drain();
    return super.finish();
  }

  /** Takes the kernel's rows. */
  drain(): void {
    const { words } = this.kernel;
    const count = words[SLOT.heapRowCount];
    words[SLOT.heapRowCount] = 0;
    for (let i = 0; i < 2 * count; i += 2) super.push(this.rows[i], this.rows[i + 1]);
  }
}
