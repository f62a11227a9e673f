/** What the goroutine views compute from the answer: own frames, runs of a life, what matches. */
import { type StateFamily, stateFamily } from '../../goroutines/cluster.ts';
import type { DumpRow } from '../../goroutines/dump-view.ts';
import type { GoroutineGroup } from '../../goroutines/group.ts';
import type { Frame } from '../../goroutines/table.ts';
import type { GoroutineTimeline } from '../../goroutines/timeline.ts';
import { originOf } from '../flame/origin.ts';
import type { Pattern } from '../flame/search.ts';

/** The first frame of the user's code or a dependency, else of the library, else the leaf. */
export function ownFrame(
  stack: readonly Frame[],
  ownModules: readonly string[],
): Frame | undefined {
  const isOwn = ({ function: name, file }: Frame) => {
    const origin = originOf(name, file, ownModules);
    return origin === 'own' || origin === 'dependency';
  };
  const isLibrary = ({ function: name, file }: Frame) =>
    originOf(name, file, ownModules) === 'stdlib' && !/^(internal|sync)\//.test(name);
  return stack.find(isOwn) ?? stack.find(isLibrary) ?? stack[0];
}

/** A stack's frames, with runs of the library's folded: `frames` has more than one then. */
export interface StackPart {
  readonly isFolded: boolean;
  readonly frames: readonly Frame[];
}

export function stackParts(
  stack: readonly Frame[],
  ownModules: readonly string[],
): readonly StackPart[] {
  const parts: { isFolded: boolean; frames: Frame[] }[] = [];
  stack.forEach((frame, i) => {
    const origin = originOf(frame.function, frame.file, ownModules);
    const isFolded = i > 0 && origin !== 'own' && origin !== 'dependency';
    const last = parts.at(-1);
    if (isFolded && last?.isFolded === true) last.frames.push(frame);
    else parts.push({ isFolded, frames: [frame] });
  });
  return parts.map((part) => (part.frames.length > 1 ? part : { ...part, isFolded: false }));
}

export function matchesGroup(group: GoroutineGroup, pattern: Pattern): boolean {
  if (pattern.kind !== 'pattern') return true;
  const { state, labels, createdBy, stack } = group;
  return (
    pattern.test(state) ||
    labels.some(([key, value]) => pattern.test(`${key}=${value}`)) ||
    stack.some(({ function: name, file }) => pattern.test(name) || pattern.test(file)) ||
    (createdBy !== undefined && pattern.test(createdBy.function))
  );
}

export function matchesRow({ title, cluster }: DumpRow, pattern: Pattern): boolean {
  if (pattern.kind !== 'pattern' || pattern.test(title)) return true;
  return cluster.groups.some((group) => matchesGroup(group, pattern));
}

/** Dumps in a row in which a goroutine stood in the same state at the same stack. */
export interface LifeRun {
  readonly from: number;
  readonly to: number;
  readonly state: string;
  readonly family: StateFamily;
  /** Into the timeline's stacks. */
  readonly stack: number;
}

/** Runs of a lane; a gap where the goroutine is not there. */
export function runsOf(lives: GoroutineTimeline, lane: number): readonly LifeRun[] {
  const dumps = lives.times.length;
  const runs: LifeRun[] = [];
  for (let dump = 0; dump < dumps; ) {
    const at = lane * dumps + dump;
    let to = dump + 1;
    const isSame = () =>
      to < dumps &&
      lives.state[lane * dumps + to] === lives.state[at] &&
      lives.stack[lane * dumps + to] === lives.stack[at];
    while (isSame()) to++;
    const state = lives.states[lives.state[at]];
    const stack = lives.stack[at];
    if (lives.state[at] !== 0) {
      runs.push({ from: dump, to, state, family: stateFamily(state), stack });
    }
    dump = to;
  }
  return runs;
}

export type Fate = 'new' | 'gone' | 'moved' | 'unmoved';

/** What became of a goroutine from the first dump to the last; one that came and went is gone. */
export function fateOf(lives: GoroutineTimeline, lane: number): Fate {
  const dumps = lives.times.length;
  const isIn = (dump: number) => lives.state[lane * dumps + dump] !== 0;
  if (!isIn(dumps - 1)) return 'gone';
  if (!isIn(0)) return 'new';
  const first = lives.stack[lane * dumps];
  for (let dump = 1; dump < dumps; dump++) {
    if (lives.stack[lane * dumps + dump] !== first) return 'moved';
  }
  return 'unmoved';
}
