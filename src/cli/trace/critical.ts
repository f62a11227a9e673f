/** `-critical=…`: what the end of a task, or of a goroutine, waited for, step by step. */
import { UserError } from '../../base/errors.ts';
import { formatHuman } from '../../base/units.ts';
import { criticalPath, type PathStep, taskPath } from '../../trace/analysis/criticalpath.ts';
import { type GoroutineNames, goroutineNames } from '../../trace/analysis/names.ts';
import { placeOf } from '../../trace/analysis/places.ts';
import { GoState } from '../../trace/statetrack.ts';
import type { Trace } from '../../trace/trace.ts';
import type { Output } from '../terminal.ts';
import { type Align, tableLines } from './table.ts';

const nanos = (time: number) => formatHuman(time, 'ns');
const MOST_STEPS = 40;

interface Subject {
  readonly title: string;
  readonly steps: readonly PathStep[];
}

/** `what`: a task's type (its slowest task), `task:ID`, or `goroutine:ID`. */
export function printCriticalPath(out: Output, trace: Trace, what: string): void {
  const { title, steps } = subjectOf(trace, what);
  const names = goroutineNames(trace);
  const from = steps[0]?.start ?? 0;
  const all = steps.reduce((sum, { start, end }) => sum + end - start, 0);
  out.line(out.style('bold', `${title}: ${nanos(all)}`));
  const sums = new Map<string, number>();
  for (const step of steps) {
    const kind = kindOf(trace, step);
    sums.set(kind, (sums.get(kind) ?? 0) + step.end - step.start);
  }
  const rows = [...sums]
    .sort((a, b) => b[1] - a[1])
    .map(([kind, time]) => [nanos(time), `${((100 * time) / Math.max(1, all)).toFixed(1)}%`, kind]);
  for (const line of tableLines(rows, ['right', 'right', 'left'])) out.line(`  ${line}`);
  out.line();
  out.line(out.style('bold', 'Step by step'));
  const shown = longestSteps(steps);
  const details = shown.map((step) => [
    `+${nanos(step.start - from)}`,
    nanos(step.end - step.start),
    kindOf(trace, step),
    `goroutine ${trace.goroutines.id[step.goroutine]} ${nameOf(trace, names, step.goroutine)}`,
    whereOf(trace, step),
  ]);
  const align: Align[] = ['right', 'right', 'left', 'left', 'left'];
  for (const line of tableLines(details, align)) out.line(`  ${line}`);
  const left = steps.length - shown.length;
  if (left > 0) out.line(`  and ${left} shorter steps between them`);
}

/** The longest, in the order of time. */
function longestSteps(steps: readonly PathStep[]): readonly PathStep[] {
  const byLength = [...steps].sort((a, b) => b.end - b.start - (a.end - a.start));
  return byLength.slice(0, MOST_STEPS).sort((a, b) => a.start - b.start);
}

function subjectOf(trace: Trace, what: string): Subject {
  const { tasks, strings, goroutines, duration } = trace;
  const [, kind, id = ''] = /^(task|goroutine):(\d+)$/.exec(what) ?? [];
  if (kind === 'goroutine') {
    const go = goroutines.id.indexOf(BigInt(id));
    if (go < 0) throw nothing(`goroutine ${id}`);
    const end = Number.isNaN(goroutines.endTime[go]) ? duration : goroutines.endTime[go];
    const steps = criticalPath(trace, go, goroutines.firstTime[go], end);
    return { title: `Critical path of goroutine ${id}`, steps };
  }
  const isWanted = (row: number) =>
    kind === 'task' ? tasks.id[row] === BigInt(id) : strings[tasks.name[row]] === what;
  const lasted = (row: number) => tasks.end[row] - tasks.start[row];
  const rows = [...tasks.name.keys()].filter((row) => isWanted(row) && lasted(row) >= 0);
  if (rows.length === 0) throw nothing(`whole task “${what}”`);
  const slowest = rows.reduce((a, b) => (lasted(b) > lasted(a) ? b : a));
  const name = strings[tasks.name[slowest]];
  const which = kind === 'task' ? 'task' : `the slowest of ${rows.length} tasks`;
  const at = `at ${nanos(tasks.start[slowest])}`;
  const title = `Critical path of ${which} “${name}” (id ${tasks.id[slowest]}, ${at})`;
  return { title, steps: taskPath(trace, slowest) };
}

function nothing(what: string): UserError {
  const next = 'give a type of task, task:ID or goroutine:ID; whygo trace FILE lists the types';
  return new UserError('bad-option', `The trace has no ${what}`, next);
}

function kindOf({ strings }: Trace, { state, reason }: PathStep): string {
  switch (state) {
    case GoState.running:
      return 'running';
    case GoState.runnable:
      return 'ready, waiting for a proc';
    case GoState.syscall:
      return 'syscall';
    case GoState.waiting:
      return `waiting: ${strings[reason] === '' ? 'reason not known' : strings[reason]}`;
    default:
      return 'not known';
  }
}

function nameOf({ strings }: Trace, { name }: GoroutineNames, goroutine: number): string {
  return strings[name[goroutine]];
}

/** Where it waits, or where it woke the next goroutine on the path. */
function whereOf(trace: Trace, { stack, handoff }: PathStep): string {
  const place = placeOf(trace, stack === 0 ? handoff : stack);
  if (place.func === '') return '';
  const at = `${place.func} ${place.file.slice(place.file.lastIndexOf('/') + 1)}:${place.line}`;
  return stack === 0 ? `wakes the next in ${at}` : at;
}
