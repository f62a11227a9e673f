/**
 * Builds a Trace from events in their final order: the sink of the v1 and the v2 decoder.
 *
 * It knows tables, not rules: who may do what when is the decoder's business. `time` below is always
 * nanoseconds since the origin and never goes down; resources, strings and stacks are indices that
 * this builder's tables gave out.
 */
import {
  CounterBuilder,
  CpuSampleBuilder,
  HeapCounterBuilder,
  LabelBuilder,
  LogBuilder,
  RangeBuilder,
  RegionBuilder,
  TaskBuilder,
  type TaskRegistry,
} from './annotationtables.ts';
import { EventSink } from './eventsink.ts';
import { grown, grownFloats } from './growing.ts';
import { IdTable } from './idtable.ts';
import { FLOAT_SLOT, Kernel, SLOT } from './kernel/kernel.ts';
import type { GenerationKey } from './localtables.ts';
import { StackInterner } from './stacktable.ts';
import { GoCause, GoState } from './statetrack.ts';
import { StringTable } from './stringtable.ts';
import type {
  Checkpoint,
  Experiment,
  Generation,
  ResourceTable,
  Trace,
  TraceNote,
} from './trace.ts';
import { TrackBuilder } from './trackbuilder.ts';

const ENDED = GoState.notExist | (GoCause.ended << 3);

export class TraceBuilder {
  readonly strings = new StringTable();
  readonly stacks = new StackInterner();
  readonly kernel = new Kernel();
  readonly goroutineIds = new IdTable(this.kernel);
  readonly procIds = new IdTable();
  readonly threadIds = new IdTable();
  readonly goroutineStates = new TrackBuilder(this.kernel, 'goroutines', this.goroutineIds);
  readonly procStates = new TrackBuilder(this.kernel, 'procs', this.procIds);
  readonly ranges = new RangeBuilder();
  readonly tasks: TaskRegistry;
  readonly regions = new RegionBuilder();
  readonly logs: LogBuilder;
  readonly samples = new CpuSampleBuilder();
  readonly labels = new LabelBuilder();
  readonly heapAlloc = new HeapCounterBuilder(this.kernel);
  readonly heapGoal = new CounterBuilder();
  readonly gomaxprocs = new CounterBuilder();
  private readonly experiments = new Map<string, Experiment>();
  readonly generations: Generation[] = [];
  readonly checkpoints: Checkpoint[] = [];
  readonly generationKeys: GenerationKey[] = [];
  readonly notes: TraceNote[] = [];
  readonly events: EventSink | undefined;
  private readonly keepsEvents: boolean;
  eventCount = 0;
  experimentalEvents = 0;

  private startStack = new Int32Array(64);
  /** Where the kernel sees it. */
  private firstStack = new Int32Array(0);
  private creator = new Int32Array(64).fill(-1);
  private creationStack = new Int32Array(64);
  private firstTime = new Float64Array(64).fill(Number.NaN);
  /** Where the kernel sees it. */
  private endTime = new Float64Array(0);

  /** `tasks`, `logs`: to continue instead of empty ones. */
  constructor(options: {
    readonly keepEvents: boolean;
    /** Keep the times of the first events: for a part of a trace. */
    readonly keepLead?: boolean;
    readonly tasks?: TaskRegistry;
    readonly logs?: LogBuilder;
  }) {
    this.tasks = options.tasks ?? new TaskBuilder();
    this.logs = options.logs ?? new LogBuilder();
    const isLead = options.keepLead === true;
    if (options.keepEvents || isLead) this.events = new EventSink(this.kernel, isLead);
    this.keepsEvents = options.keepEvents;
    TrackBuilder.allocateScratch(this.kernel, [this.goroutineStates, this.procStates]);
    this.growShared(64);
  }

  /** Time of the last event delivered. */
  get lastTime(): number {
    return this.kernel.floats[FLOAT_SLOT.lastTime];
  }

  /** A goroutine comes into being: created, or found there (creator -1, no stacks). */
  addGoroutine(
    goroutine: number,
    time: number,
    startStack: number,
    creator: number,
    creationStack: number,
  ): void {
    if (goroutine >= this.startStack.length) this.growGoroutines(goroutine + 1);
    if (Number.isNaN(this.firstTime[goroutine])) {
      this.firstTime[goroutine] = time;
      this.startStack[goroutine] = startStack;
      this.firstStack[goroutine] = startStack;
      this.creator[goroutine] = creator;
      this.creationStack[goroutine] = creationStack;
    }
    this.endTime[goroutine] = Number.NaN;
  }

  /** The first stack seen on a goroutine tells what it is, if its creation does not. */
  sawStack(goroutine: number, stack: number): void {
    if (this.firstStack[goroutine] === 0) this.firstStack[goroutine] = stack;
  }

  endGoroutine(goroutine: number, time: number): void {
    this.endTime[goroutine] = time;
    this.goroutineStates.push(time, goroutine, ENDED, -1, 0);
  }

  addExperiment(name: string, events: number, batches: number, bytes: number): void {
    const so = this.experiments.get(name) ?? { name, events: 0, batches: 0, bytes: 0 };
    this.experiments.set(name, {
      name,
      events: so.events + events,
      batches: so.batches + batches,
      bytes: so.bytes + bytes,
    });
  }

  /** A goroutine of a part that follows: what is known of it already stays. */
  absorbGoroutine(
    goroutine: number,
    row: {
      readonly startStack: number;
      readonly firstStack: number;
      readonly creator: number;
      readonly creationStack: number;
      readonly firstTime: number;
      readonly endTime: number;
    },
  ): void {
    const { firstTime, startStack, creator, creationStack } = row;
    this.addGoroutine(goroutine, firstTime, startStack, creator, creationStack);
    this.sawStack(goroutine, row.firstStack);
    this.endTime[goroutine] = row.endTime;
  }

  /** Times of the first events. */
  lead(): Float64Array {
    return this.events?.lead() ?? new Float64Array(0);
  }

  finish(header: { version: number; origin: bigint; duration: number }): Trace {
    return { ...this.tables(header), strings: this.strings.texts() };
  }

  /** All but the texts of the strings. */
  tables(header: { version: number; origin: bigint; duration: number }): Omit<Trace, 'strings'> {
    const count = this.goroutineIds.length;
    this.growGoroutines(count);
    return {
      ...header,
      eventCount: this.eventCount,
      events: this.keepsEvents ? this.events?.finish(0) : undefined,
      checkpoints: this.checkpoints,
      generations: this.generations,
      notes: this.notes,
      frames: this.stacks.frameTable(),
      stacks: this.stacks.stackTable(),
      goroutines: {
        ...resourceTable(this.goroutineIds),
        startStack: this.startStack.slice(0, count),
        firstStack: this.firstStack.slice(0, count),
        creator: this.creator.slice(0, count),
        creationStack: this.creationStack.slice(0, count),
        firstTime: this.firstTime.slice(0, count),
        endTime: this.endTime.slice(0, count),
      },
      procs: resourceTable(this.procIds),
      threads: resourceTable(this.threadIds),
      goroutineStates: this.goroutineStates.finish(),
      procStates: this.procStates.finish(),
      ranges: this.ranges.finish(),
      tasks: this.tasks.finish(),
      regions: this.regions.finish(),
      logs: this.logs.finish(),
      samples: this.samples.finish(),
      labels: this.labels.finish(),
      heapAlloc: this.heapAlloc.finish(),
      heapGoal: this.heapGoal.finish(),
      gomaxprocs: this.gomaxprocs.finish(),
      experiments: [...this.experiments.values()],
      generationKeys: this.generationKeys,
    };
  }

  /** Room for `length` goroutines. */
  growGoroutines(length: number): void {
    if (length <= this.startStack.length) return;
    this.startStack = grown(this.startStack, length, 0);
    this.growShared(this.startStack.length);
    this.creator = grown(this.creator, length, -1);
    this.creationStack = grown(this.creationStack, length, 0);
    this.firstTime = grownFloats(this.firstTime, length, Number.NaN);
  }

  /** The columns that the kernel writes to. */
  private growShared(length: number): void {
    const before = this.firstStack.length;
    this.kernel.columnFloats(SLOT.endTime, length, (view) => {
      this.endTime = view;
    });
    this.endTime.fill(Number.NaN, before);
    this.kernel.columnInts(SLOT.firstStack, length, (view) => {
      this.firstStack = view;
    });
    this.firstStack.fill(0, before);
  }
}

function resourceTable(ids: IdTable): ResourceTable {
  return { length: ids.length, id: new BigInt64Array(ids.ids().buffer) };
}
