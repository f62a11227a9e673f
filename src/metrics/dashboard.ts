/**
 * Snapshots of one process → the panels of a dashboard: columns over one time, stacks that add up,
 * limits, and heat maps.
 *
 * Not drawing, and no words on what is normal. A value that was not measured is NaN, never 0. A rate
 * at a time is that since the reading before. Cost: O(readings) a layer.
 */
import { CPU_CLASSES, CPU_TOTAL, cpuIntervals } from './cpuclasses.ts';
import { type HeatMap, heatMapOf, trimmed } from './heatmap.ts';
import { LATENCIES, MUTEX_WAIT } from './littleslaw.ts';
import { MEMORY_PARTS, MEMORY_TOTAL, memoryBreakdown, RELEASED, RSS, RSS_FILE } from './memory.ts';
import { gcPauseNames, processCpuName } from './names.ts';
import { CYCLES, GOAL, GOMEMLIMIT, LIVE } from './pacing.ts';
import { gaugeSeries, rateSeries } from './series.ts';
import type { MetricSnapshot } from './snapshot.ts';
import type { SectionId } from './storyparts.ts';

export interface Layer {
  readonly id: string;
  readonly title: string;
  /** One value for each time of the dashboard; NaN = not measured. */
  readonly value: Float64Array;
  /** Of a stack: a line over it that is not part of its sum. */
  readonly over?: boolean;
}

export interface PanelLimit {
  readonly title: string;
  readonly value: number;
}

export interface Panel {
  readonly id: string;
  readonly section: SectionId;
  readonly title: string;
  readonly unit: string;
  /** Layers of a stack add up; lines share a scale. */
  readonly kind: 'stack' | 'lines';
  /** What it means, in one sentence. */
  readonly about: string;
  /** Values are means of the time since the point before, not of the moment. */
  readonly means: boolean;
  readonly layers: readonly Layer[];
  readonly limits: readonly PanelLimit[];
  /** Why nothing can be drawn; '' = something can. */
  readonly missing: string;
}

export interface HeatPanel {
  readonly id: string;
  readonly section: SectionId;
  readonly title: string;
  readonly unit: string;
  readonly about: string;
  readonly heat: HeatMap | undefined;
  readonly missing: string;
}

export interface Dashboard {
  /** Unix milliseconds, ascending. */
  readonly time: Float64Array;
  readonly panels: readonly Panel[];
  readonly heats: readonly HeatPanel[];
}

/** A panel before it is measured: what `layersOf` makes of the snapshots. */
interface Recipe extends Omit<Panel, 'layers' | 'limits' | 'missing'> {
  readonly missing: string;
  readonly names: readonly string[];
  readonly layersOf: (snapshots: readonly MetricSnapshot[]) => readonly Layer[];
  readonly limits: readonly { readonly title: string; readonly name: string }[];
}

const NEEDS_AGENT = 'The source does not tell it: import whygo’s agent';
const NEEDS_LOCAL = 'Linux tells it of processes on the machine that whygo runs on';
/** “No limit” is math.MaxInt64; nobody has a pebibyte. */
const NO_LIMIT = 2 ** 50;

interface Source {
  readonly id: string;
  readonly title: string;
  readonly name: string;
}

/** Gauges and counters as they are: a counter as its rate. */
function plain(sources: readonly Source[], rate: boolean): Pick<Recipe, 'layersOf' | 'names'> {
  return {
    names: sources.map(({ name }) => name),
    layersOf: (snapshots) =>
      sources.flatMap(({ id, title, name }): Layer[] => {
        if (!snapshots.some(({ metrics }) => metrics.has(name))) return [];
        const { value } = (rate ? rateSeries : gaugeSeries)(snapshots, name);
        return [{ id, title, value }];
      }),
  };
}

const MEMORY_NAMES = [
  ...MEMORY_PARTS.flatMap(({ names }) => names),
  MEMORY_TOTAL,
  RELEASED,
  RSS,
  RSS_FILE,
];

const RECIPES: readonly Recipe[] = [
  {
    id: 'pacing',
    section: 'gc',
    title: 'heap and its goal',
    unit: 'bytes',
    kind: 'lines',
    about: 'The heap grows from what the last collection found live to the goal of the next one',
    means: false,
    missing: NEEDS_AGENT,
    limits: [{ title: 'GOMEMLIMIT', name: GOMEMLIMIT }],
    ...plain(
      [
        { id: 'in-use', title: 'in use', name: '/memory/classes/heap/objects:bytes' },
        { id: 'live', title: 'live after GC', name: LIVE },
        { id: 'goal', title: 'goal', name: GOAL },
      ],
      false,
    ),
  },
  {
    id: 'cycles',
    section: 'gc',
    title: 'collections',
    unit: '1/s',
    kind: 'lines',
    about: 'Garbage collections that ended, a second',
    means: true,
    missing: NEEDS_AGENT,
    limits: [],
    ...plain([{ id: 'all', title: 'all', name: CYCLES }], true),
  },
  {
    id: 'allocation',
    section: 'heap',
    title: 'allocation rate',
    unit: 'bytes/s',
    kind: 'lines',
    about:
      'Bytes allocated on the heap, and freed again by sweeping: allocating is what GC is paid for',
    means: true,
    missing: NEEDS_AGENT,
    limits: [],
    ...plain(
      [
        { id: 'allocated', title: 'allocated', name: '/gc/heap/allocs:bytes' },
        { id: 'freed', title: 'freed', name: '/gc/heap/frees:bytes' },
      ],
      true,
    ),
  },
  {
    id: 'memory',
    section: 'memory',
    title: 'memory',
    unit: 'bytes',
    kind: 'stack',
    about: 'What Go has from the system, by use, and what is resident beyond it',
    means: false,
    missing: NEEDS_AGENT,
    limits: [
      { title: 'container limit', name: 'container_spec_memory_limit_bytes' },
      { title: 'GOMEMLIMIT', name: GOMEMLIMIT },
    ],
    names: MEMORY_NAMES,
    layersOf: memoryLayers,
  },
  {
    id: 'goroutines',
    section: 'goroutines',
    title: 'goroutines',
    unit: 'goroutines',
    kind: 'stack',
    about: 'Goroutines that exist, by state where Go tells it (1.26)',
    means: false,
    missing: NEEDS_AGENT,
    limits: [],
    names: [
      '/sched/goroutines:goroutines',
      ...['running', 'runnable', 'not-in-go', 'waiting'].map(stateName),
    ],
    layersOf: goroutineLayers,
  },
  {
    id: 'created',
    section: 'goroutines',
    title: 'goroutines created',
    unit: '1/s',
    kind: 'lines',
    about: 'Goroutines that were started, a second',
    means: true,
    missing: 'Go tells it from 1.26 on, by the agent',
    limits: [],
    ...plain(
      [{ id: 'created', title: 'created', name: '/sched/goroutines-created:goroutines' }],
      true,
    ),
  },
  {
    id: 'run-queues',
    section: 'scheduler',
    title: 'run queues',
    unit: 'goroutines',
    kind: 'stack',
    about: 'Goroutines that could run and have no processor, at the moment of each reading',
    means: false,
    missing: 'GODEBUG=schedtrace tells them: whygo sched --to ADDRESS -- COMMAND',
    limits: [],
    ...plain(
      [
        { id: 'global', title: 'global', name: 'global_runqueue_length' },
        { id: 'local', title: 'of all processors', name: 'local_run_queues_length' },
      ],
      false,
    ),
  },
  {
    id: 'cpu',
    section: 'cpu',
    title: 'CPU of the process',
    unit: 'cores',
    kind: 'stack',
    about: 'CPU time as the kernel counts it, in own code and in the kernel',
    means: true,
    missing: `${NEEDS_AGENT}; or ${NEEDS_LOCAL}`,
    limits: [
      { title: 'GOMAXPROCS', name: '/sched/gomaxprocs:threads' },
      { title: 'CPU quota', name: 'container_cpu_limit_cores' },
    ],
    names: [processCpuName, 'process_cpu_user_seconds_total', 'process_cpu_system_seconds_total'],
    layersOf: cpuLayers,
  },
  {
    id: 'cpu-classes',
    section: 'cpu',
    title: 'CPU classes',
    unit: 'share',
    kind: 'stack',
    about:
      'What the CPU time that GOMAXPROCS makes available went to, between two collections; unknown where none has ended',
    means: true,
    missing: NEEDS_AGENT,
    limits: [],
    names: [CPU_TOTAL, ...CPU_CLASSES.map(({ name }) => name)],
    layersOf: classLayers,
  },
  {
    id: 'mutex',
    section: 'waiting',
    title: 'waiting for a mutex',
    unit: 'goroutines',
    kind: 'lines',
    about: 'Waiting time a second is how many goroutines wait on average (Little’s law)',
    means: true,
    missing: NEEDS_AGENT,
    limits: [],
    ...plain([{ id: 'mutex', title: 'waiting', name: MUTEX_WAIT }], true),
  },
  {
    id: 'delay',
    section: 'process',
    title: 'threads without a CPU',
    unit: 'threads',
    kind: 'lines',
    about:
      'Threads that could run but got no CPU: other processes (run delay) or the quota (throttled)',
    means: true,
    missing: NEEDS_LOCAL,
    limits: [],
    ...plain(
      [
        { id: 'delay', title: 'run delay', name: 'process_run_delay_seconds_total' },
        { id: 'throttled', title: 'throttled', name: 'container_cpu_cfs_throttled_seconds_total' },
      ],
      true,
    ),
  },
  {
    id: 'faults',
    section: 'process',
    title: 'page faults',
    unit: '1/s',
    kind: 'lines',
    about: 'Pages read from disk (major), and touched for the first time (minor)',
    means: true,
    missing: NEEDS_LOCAL,
    limits: [],
    ...plain(
      [
        { id: 'minor', title: 'minor', name: 'process_minor_faults_total' },
        { id: 'major', title: 'major', name: 'process_major_faults_total' },
      ],
      true,
    ),
  },
  {
    id: 'threads',
    section: 'process',
    title: 'threads',
    unit: 'count',
    kind: 'lines',
    about: 'Threads of the operating system that the runtime started and that live',
    means: false,
    missing: NEEDS_AGENT,
    limits: [],
    ...plain([{ id: 'threads', title: 'threads', name: '/sched/threads/total:threads' }], false),
  },
  {
    id: 'files',
    section: 'process',
    title: 'open files',
    unit: 'count',
    kind: 'lines',
    about: 'File descriptors that are open',
    means: false,
    missing: NEEDS_LOCAL,
    limits: [{ title: 'limit', name: 'process_max_fds' }],
    ...plain([{ id: 'files', title: 'open files', name: 'process_open_fds' }], false),
  },
];

const HEATS = [
  {
    id: 'gc-pauses',
    section: 'gc',
    title: 'GC pauses',
    unit: 'seconds',
    about: 'How often the world stood still for how long, for garbage collection',
    names: gcPauseNames,
    missing: 'The source has no histogram of pauses: import whygo’s agent',
  },
  {
    id: 'sched-latency',
    section: 'scheduler',
    title: 'scheduling latency',
    unit: 'seconds',
    about: 'How long goroutines were ready before they ran; one time in eight is looked at',
    names: [LATENCIES],
    missing: 'The source has no scheduling latency: import whygo’s agent',
  },
] as const;

/** Every metric that the dashboard reads: what a store needs to give. */
export const DASHBOARD_NAMES: readonly string[] = [
  ...new Set([
    ...RECIPES.flatMap(({ names, limits }) => [...names, ...limits.map(({ name }) => name)]),
    ...HEATS.flatMap(({ names }) => names),
  ]),
];

/** Snapshots of one process, ascending by time. */
export function processDashboard(snapshots: readonly MetricSnapshot[]): Dashboard {
  return {
    time: Float64Array.from(snapshots, ({ timeNanos }) => Number(timeNanos) / 1e6),
    panels: RECIPES.map((recipe) => panelOf(recipe, snapshots)),
    heats: HEATS.map(({ names, ...rest }) => {
      const name = names.find((one) => snapshots.some(({ metrics }) => metrics.has(one)));
      const heat = name === undefined ? undefined : heatMapOf(snapshots, name);
      const once = 'It was read once in this time; a heat map needs two readings';
      const missing = name === undefined ? rest.missing : heat === undefined ? once : '';
      return { ...rest, heat: heat === undefined ? undefined : trimmed(heat), missing };
    }),
  };
}

function panelOf(recipe: Recipe, snapshots: readonly MetricSnapshot[]): Panel {
  const { names: _, layersOf, limits, missing, ...rest } = recipe;
  const layers = layersOf(snapshots);
  const some = layers.some(({ value }) => value.some((one) => !Number.isNaN(one)));
  return {
    ...rest,
    layers,
    limits: limits.flatMap(({ title, name }): PanelLimit[] => {
      const value = lastValue(snapshots, name);
      return value === undefined || value >= NO_LIMIT ? [] : [{ title, value }];
    }),
    missing: some ? '' : missingOf(layers, missing),
  };
}

function missingOf(layers: readonly Layer[], missing: string): string {
  return layers.length === 0 ? missing : 'Nothing was measured in this range';
}

function lastValue(snapshots: readonly MetricSnapshot[], name: string): number | undefined {
  const last = snapshots.findLast(({ metrics }) => typeof metrics.get(name)?.value === 'number');
  const value = last?.metrics.get(name)?.value;
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined;
}

function memoryLayers(snapshots: readonly MetricSnapshot[]): readonly Layer[] {
  const readings = snapshots.map((snapshot) => memoryBreakdown(snapshot));
  const layers: Layer[] = MEMORY_PARTS.map(({ id, title }) => ({
    id,
    title,
    value: Float64Array.from(readings, (reading) => reading?.parts.get(id) ?? NaN),
  }));
  const outside = Float64Array.from(readings, (reading) => reading?.outside ?? NaN);
  layers.push({ id: 'outside', title: 'outside Go', value: outside });
  // Below the stack where some of Go's memory was never touched.
  const rss = Float64Array.from(readings, (reading) => reading?.rss ?? NaN);
  layers.push({ id: 'rss', title: 'RSS', value: rss, over: true });
  return layers.filter(({ value }) => value.some((one) => !Number.isNaN(one)));
}

function stateName(state: string): string {
  return `/sched/goroutines/${state}:goroutines`;
}

function goroutineLayers(snapshots: readonly MetricSnapshot[]): readonly Layer[] {
  const states = ['running', 'runnable', 'not-in-go', 'waiting'];
  const byState = plain(
    states.map((id) => ({ id, title: id, name: stateName(id) })),
    false,
  ).layersOf(snapshots);
  if (byState.length > 0) return byState;
  const all = { id: 'all', title: 'all', name: '/sched/goroutines:goroutines' };
  return plain([all], false).layersOf(snapshots);
}

function cpuLayers(snapshots: readonly MetricSnapshot[]): readonly Layer[] {
  const parts = plain(
    [
      { id: 'user', title: 'own code', name: 'process_cpu_user_seconds_total' },
      { id: 'system', title: 'kernel', name: 'process_cpu_system_seconds_total' },
    ],
    true,
  ).layersOf(snapshots);
  if (parts.length === 2) return parts;
  return plain([{ id: 'all', title: 'busy', name: processCpuName }], true).layersOf(snapshots);
}

/** Each interval between two refreshes has the shares of all its time; the rest is unknown. */
function classLayers(snapshots: readonly MetricSnapshot[]): readonly Layer[] {
  const intervals = cpuIntervals(snapshots);
  return CPU_CLASSES.flatMap(({ id, title, name }, at): Layer[] => {
    if (!snapshots.some(({ metrics }) => metrics.has(name))) return [];
    const value = new Float64Array(snapshots.length).fill(NaN);
    for (const { from, to, total, classes } of intervals) {
      value.fill((classes[at] ?? NaN) / total, from + 1, to + 1);
    }
    return [{ id, title, value }];
  });
}
