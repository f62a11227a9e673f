/** Stacks as places that a person looks for: the innermost frame that is not the runtime's or sync's. */
import type { Trace } from '../trace.ts';

export interface Place {
  /** '' = there is no stack. */
  readonly func: string;
  readonly file: string;
  readonly line: number;
}

const PLUMBING =
  /^(runtime|sync|time|internal\/[\w/]+|sync\/\w+|syscall|os|net|bufio|io|context)\./;

/** The leaf where all frames are such. */
export function placeOf(trace: Trace, stack: number): Place {
  const { stacks, frames, strings } = trace;
  const start = stacks.start[stack];
  const end = stacks.start[stack + 1];
  for (let i = start; i < end; i++) {
    const func = strings[frames.func[stacks.frames[i]]];
    if (func !== '' && !PLUMBING.test(func)) return frameOf(trace, stacks.frames[i]);
  }
  return end > start ? frameOf(trace, stacks.frames[start]) : { func: '', file: '', line: 0 };
}

/** Function names of a stack, leaf first. */
export function functionsOf(trace: Trace, stack: number): string[] {
  const { stacks, frames, strings } = trace;
  const run = stacks.frames.subarray(stacks.start[stack], stacks.start[stack + 1]);
  return Array.from(run, (frame) => strings[frames.func[frame]]);
}

export function frameOf({ frames, strings }: Trace, frame: number): Place {
  if (frame < 0) return { func: '', file: '', line: 0 };
  return {
    func: strings[frames.func[frame]],
    file: strings[frames.file[frame]],
    line: frames.line[frame],
  };
}
