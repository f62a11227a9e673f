/**
 * What garbage collection costs, charged to those who allocate: an estimate.
 *
 * The collector's workers run on goroutines of their own, so that a CPU profile shows their work under
 * runtime.gcBgMarkWorker and nobody's line pays for it. What starts a collection is how much has been
 * allocated since the last one; so each allocated byte is charged the same part of it, on the stack that
 * allocated it. What a collection costs also depends on what is alive and how many pointers it has: that
 * is not in any profile, and not in this estimate. Work of goroutines that have to help (gcAssistAlloc)
 * is on their own stacks already and stays there. The total does not change.
 *
 * Cost: one pass over both profiles, and merging them.
 */
import { UserError } from '../../base/errors.ts';
import { formatPercentage, formatScaled } from '../../base/units.ts';
import { functionName } from '../../profile/frames.ts';
import { LabelSetBuilder } from '../../profile/labels.ts';
import { mergeProfiles } from '../../profile/merge.ts';
import type { Profile, ValueColumn } from '../../profile/profile.ts';
import { keepSamples } from '../../profile/rewrite.ts';
import { addTagFrames } from './tagroot.ts';

/** Frame and label of the charged samples. */
const LABEL = { key: 'gc_cost', text: 'garbage collection (by allocated bytes)' } as const;

/** Goroutines that do nothing but collect: marking, sweeping, giving memory back. */
const WORKER = /^runtime\.(gcBgMarkWorker|bgsweep|bgscavenge)(\.func\d+)*$/;

/** The CPU profile with its collector's samples on the stacks of allocations. Throws `UserError`. */
export function chargeGcCost(cpu: Profile, allocations: Profile): Profile {
  const allocated = allocations.sampleTypes.findIndex(({ type }) => type === 'alloc_space');
  const bytes = allocations.samples.values[allocated];
  if (bytes === undefined || !bytes.some((value) => value > 0)) {
    throw new UserError(
      'bad-option',
      '-gc_cost needs a profile with alloc_space that is not empty',
      'Give it a heap or allocs profile of the same program',
    );
  }
  const isWorker = workerStacks(cpu);
  const isCollection = (row: number) => isWorker[cpu.samples.stack[row] ?? 0] === 1;
  const charges = cpu.samples.values.map((column) =>
    distribute(sumWhere(column, isCollection), bytes),
  );
  const rest = keepSamples(cpu, (row) => !isCollection(row));
  const charged = mergeProfiles([rest, asSamplesOf(cpu, allocations, charges)]);
  const header = { comments: [...cpu.comments, comment(cpu, isCollection)] };
  return { ...charged, ...header, timeNanos: cpu.timeNanos, durationNanos: cpu.durationNanos };
}

/** 1 for every stack with a worker in it. */
function workerStacks(profile: Profile): Uint8Array {
  const { functions, locations, stacks } = profile;
  const names = Array.from({ length: functions.length }, (_, fn) =>
    WORKER.test(functionName(profile, fn)),
  );
  const isWorker = new Uint8Array(locations.length);
  for (let location = 0; location < locations.length; location++) {
    const end = locations.lineStart[location + 1] ?? 0;
    for (let line = locations.lineStart[location] ?? 0; line < end; line++) {
      if (names[locations.lineFunction[line] ?? -1] === true) isWorker[location] = 1;
    }
  }
  const marked = new Uint8Array(stacks.length);
  for (let stack = 0; stack < stacks.length; stack++) {
    const end = stacks.start[stack + 1] ?? 0;
    for (let i = stacks.start[stack] ?? 0; i < end; i++) {
      if (isWorker[stacks.locations[i] ?? 0] === 1) marked[stack] = 1;
    }
  }
  return marked;
}

function sumWhere(column: ValueColumn, counts: (row: number) => boolean): number {
  let sum = 0;
  for (let row = 0; row < column.length; row++) if (counts(row)) sum += Number(column[row] ?? 0);
  return sum;
}

/** Whole parts of a total in proportion to weights; their sum is the total. */
function distribute(total: number, weights: ValueColumn): Float64Array {
  let all = 0;
  for (const weight of weights) all += Math.max(0, Number(weight));
  const parts = new Float64Array(weights.length);
  if (all === 0) return parts;
  let sum = 0;
  let given = 0;
  for (let row = 0; row < weights.length; row++) {
    sum += Math.max(0, Number(weights[row] ?? 0));
    const due = Math.round((total * sum) / all);
    parts[row] = due - given;
    given = due;
  }
  return parts;
}

/** The stacks of allocations as samples of the CPU profile, with a frame that says what they are. */
function asSamplesOf(cpu: Profile, allocations: Profile, values: Float64Array[]): Profile {
  const { strings, samples } = allocations;
  const added = [...strings];
  const labels = new LabelSetBuilder();
  const set = labels.intern([LABEL]);
  const labelSets = labels.finish((text) => {
    const known = added.indexOf(text);
    return known >= 0 ? known : added.push(text) - 1;
  });
  const labelled: Profile = {
    ...allocations,
    strings: added,
    labelSets,
    sampleTypes: cpu.sampleTypes,
    periodType: cpu.periodType,
    period: cpu.period,
    samples: { ...samples, values, labelSet: new Uint32Array(samples.length).fill(set) },
  };
  return addTagFrames(labelled, [], [LABEL.key], '').profile;
}

/** One line for the head of every report. */
function comment(cpu: Profile, isCollection: (row: number) => boolean): string {
  const column = cpu.samples.values.at(-1) ?? new Float64Array(0);
  const unit = cpu.sampleTypes.at(-1)?.unit ?? '';
  const cost = sumWhere(column, isCollection);
  const total = sumWhere(column, () => true);
  const share = formatPercentage(cost, total).trim();
  return `GC cost: ${formatScaled(cost, unit, 'auto')} (${share}) charged to allocating stacks by alloc_space, an estimate`;
}
