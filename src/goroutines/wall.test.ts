/** Polls of all three levels → one wall-clock profile, with states. */
import { describe, expect, test } from 'vitest';
import { labelsOf } from '../profile/labels.ts';
import type { Profile } from '../profile/profile.ts';
import { goroutineTableOf } from './from-profile.ts';
import { parseGoroutineDump } from './parse.ts';
import { goroutineProfile } from './profile.ts';
import { type PollLevel, WallBuilder, type WallOptions } from './wall.ts';

const SECOND = 1e9;
const bytes = (text: string) => new TextEncoder().encode(text);

/** debug=2: one of each state, and who answers the poll. */
const DUMP = `goroutine 9 [running]:
runtime/pprof.writeGoroutineStacks({0x1, 0x2})
\t/go/src/runtime/pprof/pprof.go:819 +0x6b
runtime/pprof.writeGoroutine({0x1, 0x2}, 0x2)
\t/go/src/runtime/pprof/pprof.go:784 +0x25

goroutine 1 [chan receive, 3 minutes]:
main.wait()
\tmain.go:20 +0x1b

goroutine 2 [syscall]:
main.read()
\tmain.go:30 +0x1b

goroutine 3 [runnable]:
main.spin(...)
\tmain.go:40

goroutine 4 [runnable]:
main.spin(...)
\tmain.go:40
`;

/** The same as debug=1: addresses of frames that it hides come before those that it shows. */
const RECORDS = `goroutine profile: total 5
2 @ 0x451 0x676
#\t0x675\tmain.spin+0x4\tmain.go:40

1 @ 0x10 0x20 0x30 0x67
# labels: {"pool":"idle"}
#\t0x66\tmain.wait+0x1b\tmain.go:20

1 @ 0x40 0x68
#\t0x67\tsyscall.Syscall+0x24\tsyscall.go:74
#\t0x68\tmain.read+0x1b\tmain.go:30

1 @ 0x91 0x92
#\t0x91\truntime/pprof.writeGoroutine+0x44\tpprof.go:784
`;

const NAMES = new Map([
  ['0x10', ['runtime.gopark']],
  ['0x20', ['runtime.chanrecv']],
  ['0x30', ['runtime.chanrecv1']],
  ['0x451', ['runtime.asyncPreempt2']],
]);

function built(levels: readonly PollLevel[], options?: WallOptions): Profile {
  const wall = new WallBuilder(options);
  wall.nameAddresses(NAMES);
  for (const level of levels) {
    const text = level === 1 ? RECORDS : DUMP;
    wall.add({ level, table: parseGoroutineDump(bytes(text)), nanos: SECOND, text });
  }
  return wall.finish({ timeNanos: 0n, comments: [] });
}

/** `state function wait-reason → seconds`. */
function seconds(profile: Profile): Record<string, number> {
  const { samples, stacks, locations, functions, strings } = profile;
  const sums: Record<string, number> = {};
  for (let i = 0; i < samples.length; i++) {
    const leaf = stacks.locations[stacks.start[samples.stack[i]]];
    const name = strings[functions.name[locations.lineFunction[locations.lineStart[leaf]]]];
    const labels = labelsOf(profile, samples.labelSet[i]).map((label) =>
      'text' in label ? label.text : '',
    );
    const key = [...labels, name].join(' ');
    sums[key] = (sums[key] ?? 0) + Number(samples.values[1][i]) / SECOND;
  }
  return sums;
}

describe('a wall-clock profile', () => {
  test('has the states that debug=2 tells; who answers the poll is not in it', () => {
    expect(seconds(built([2]))).toEqual({
      'waiting chan receive main.wait': 1,
      'syscall main.read': 1,
      'executing or runnable main.spin': 2,
    });
  });

  test('has them from debug=1 by the addresses that it hides, with labels', () => {
    expect(seconds(built([1]))).toEqual({
      'waiting chan receive idle main.wait': 1,
      'syscall syscall.Syscall': 1,
      'executing or runnable main.spin': 2,
    });
  });

  test('tells no states where addresses have no names', () => {
    const wall = new WallBuilder();
    wall.add({ level: 1, table: parseGoroutineDump(bytes(RECORDS)), nanos: 1, text: RECORDS });
    const profile = wall.finish({ timeNanos: 0n, comments: [] });
    const labels = labelsOf(profile, profile.samples.labelSet[0]);
    expect(labels).toEqual([{ key: 'state', text: 'unknown' }]);
  });

  test('tells executing from runnable where GOMAXPROCS is known', () => {
    expect(seconds(built([2], { procs: 2 }))).toMatchObject({ 'executing main.spin': 2 });
    expect(seconds(built([2], { procs: 1 }))).toMatchObject({
      'executing main.spin': 1,
      'runnable main.spin': 1,
    });
  });

  test('adds polls up, and weighs each by its time', () => {
    const profile = built([2, 2, 2]);
    expect(seconds(profile)['waiting chan receive main.wait']).toBe(3);
    expect(profile).toMatchObject({
      sampleTypes: [
        { type: 'samples', unit: 'count' },
        { type: 'time', unit: 'nanoseconds' },
      ],
      periodType: { type: 'wallclock', unit: 'nanoseconds' },
      period: BigInt(SECOND),
      durationNanos: BigInt(3 * SECOND),
    });
  });

  test('has the same stacks from debug=0, without the frames of the runtime', () => {
    const park = ['runtime.gopark', 'runtime.selectgo', 'main.loop', 'main.main', 'runtime.main'];
    const frames = park.map((name) => `${name}(...)\n\tx.go:1\n`).join('');
    const dump = parseGoroutineDump(bytes(`goroutine 1 [select]:\n${frames}`));
    const table = goroutineTableOf(goroutineProfile(dump).profile);
    const wall = new WallBuilder();
    wall.add({ level: 0, table, nanos: SECOND });
    const profile = wall.finish({ timeNanos: 0n, comments: [] });
    const names = [...profile.functions.name].map((name) => profile.strings[name]);
    expect(names).toEqual(['main.loop', 'main.main']);
    expect(Object.keys(seconds(profile))[0]).toMatch(/^waiting select/);
  });
});
