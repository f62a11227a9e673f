/** threadcreate profiles: how many threads have a stack that means something. */
import { formatShare } from '../figures.ts';
import type { Note } from './note.ts';
import type { Reading } from './reading.ts';

export function threadsWithoutStack(reading: Reading): Note | undefined {
  if (reading.kind !== 'threadcreate' || reading.total === 0) return undefined;
  const own = (name: string) => name !== '' && !/^(runtime|internal\/|syscall)/.test(name);
  const without = reading.valueWhere((stack) => !reading.namesOf(stack).some(own));
  if (without === 0) return undefined;
  return {
    id: 'threads-without-stack',
    level: 'caution',
    text: `${formatShare(reading.share(without))} of the threads were created by the runtime, with no code of the program on the stack.`,
    evidence: [`${without} of ${reading.total} threads`],
    source: 'runtime/proc.go, newm; go.dev/issue/6104',
  };
}
