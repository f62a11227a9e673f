import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fixture } from '../../test/collect/fake-target.ts';
import { recordingSink } from '../../test/collect/recording-sink.ts';
import { UserError } from '../base/errors.ts';
import type { Clock } from './clock.ts';
import { observationFromFiles, observationFromRecording } from './observe.ts';
import { openRecording } from './recording.ts';
import { RecordingWriter } from './recording-writer.ts';
import { replay } from './replay.ts';

let base = '';
beforeAll(async () => {
  base = await mkdtemp(join(tmpdir(), 'whygo-recording-'));
});
afterAll(async () => {
  await rm(base, { recursive: true });
});

const second = 1_000_000_000n;
const at = (seconds: number) => 1_700_000_000n * second + BigInt(seconds) * second;
const target = {
  service: 'my shop',
  instance: 'h:1',
  labels: { env: 'test' },
  goVersion: 'go1.26.8',
};

/** Two of each type, ten seconds apart, with metrics and a dump. */
async function record(folder: string): Promise<RecordingWriter> {
  const writer = await RecordingWriter.create(folder);
  writer.addTarget(target);
  const write = (
    type: string,
    seconds: number,
    name: string,
    format: 'pprof' | 'agent-json' | 'goroutines' = 'pprof',
    durationNanos = 0n,
  ) => {
    const entry = { target: 0, type, timeNanos: at(seconds), durationNanos, format };
    return writer.write(entry, fixture(name), seconds * 1000);
  };
  for (const n of [1, 2]) {
    const time = n * 10;
    for (const type of ['heap', 'block', 'mutex', 'goroutine']) {
      await write(type, time, `collect/${type}-${n}.pb.gz`);
    }
    await write('allocs', time, `collect/heap-${n}.pb.gz`);
    await write('cpu', time, `collect/cpu-${n}.pb.gz`, 'pprof', 2n * second);
    await write('metrics', time, `metrics/agent-${n}.json`, 'agent-json');
  }
  await write(
    'goroutines',
    15,
    'goroutines/healthy-go1.26.8-leak.afterleak.debug2.txt',
    'goroutines',
  );
  return writer;
}

describe('a recorded folder', () => {
  test('reads back as it was written, in the order of time', async () => {
    const folder = join(base, 'whole');
    await (await record(folder)).close();
    const recording = await openRecording(folder);
    expect(recording.targets).toEqual([target]);
    expect(recording.entries).toHaveLength(15);
    const times = recording.entries.map((entry) => entry.timeNanos);
    expect(times).toEqual([...times].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0)));
    const cpu = recording.entries.find((entry) => entry.type === 'cpu');
    expect(cpu).toMatchObject({ timeNanos: at(10), durationNanos: 2n * second, format: 'pprof' });
    if (cpu) expect(await recording.load(cpu)).toEqual(fixture('collect/cpu-1.pb.gz'));
  });

  test('has file names that are safe on every system', async () => {
    const files = await readdir(join(base, 'whole'), { recursive: true });
    expect(files).toContain(join('my-shop', '000001-heap.pb.gz'));
    expect(files).toContain(join('my-shop', '000007-metrics.json.gz'));
  });

  test('opens when the recorder was killed: all but the last moments are there', async () => {
    const folder = join(base, 'killed');
    await record(folder);
    const recording = await openRecording(folder);
    expect(recording.entries.length).toBeGreaterThanOrEqual(8);
    expect((await readdir(folder)).sort()).toEqual(['manifest.json', 'my-shop']);
  });

  test('is not written over another one', async () => {
    await expect(RecordingWriter.create(join(base, 'whole'))).rejects.toThrow(UserError);
  });

  test('may be profiles without a manifest', async () => {
    const folder = fileURLToPath(new URL('../../test/fixtures/collect', import.meta.url));
    const recording = await openRecording(folder);
    const types = recording.entries.map((entry) => entry.type).sort();
    expect(types).toEqual(
      ['block', 'cpu', 'goroutine', 'heap', 'mutex', 'threadcreate'].flatMap((t) => [t, t]),
    );
    expect(recording.entries.every((entry) => entry.timeNanos > at(0))).toBe(true);
    expect(recording.notUnderstood.map(({ file }) => file)).toContain('README.md');
  });

  const broken: readonly (readonly [string, string, string])[] = [
    ['no JSON', '{', 'manifest.json'],
    ['another schema', '{"schema":"x","targets":[],"entries":[]}', 'schema'],
    [
      'a file outside',
      JSON.stringify({
        schema: 'whygo.recording/1',
        targets: [target],
        entries: [
          { file: '../secret', target: 0, type: 'cpu', timeUnixNano: '1', format: 'pprof' },
        ],
      }),
      '../secret is not in the folder',
    ],
    [
      'a target that is not there',
      JSON.stringify({
        schema: 'whygo.recording/1',
        targets: [target],
        entries: [{ file: 'a', target: 1, type: 'cpu', timeUnixNano: '1', format: 'pprof' }],
      }),
      'a is of no known target',
    ],
  ];
  test.each(broken)('with %s is refused', async (name, manifest, message) => {
    const folder = join(base, name);
    await mkdir(folder);
    await writeFile(join(folder, 'manifest.json'), manifest);
    await expect(openRecording(folder)).rejects.toThrow(message);
  });

  test('must be there, and hold something', async () => {
    await expect(openRecording(join(base, 'nowhere'))).rejects.toMatchObject({
      code: 'cannot-open',
    });
    await mkdir(join(base, 'empty'));
    await expect(openRecording(join(base, 'empty'))).rejects.toMatchObject({
      code: 'recording-invalid',
    });
  });
});

describe('replay', () => {
  test('gives what live collecting would have given, with the recorded times', async () => {
    const sink = recordingSink();
    const recording = await openRecording(join(base, 'whole'));
    const playing = replay(recording, sink);
    await playing.done;
    const counts = Object.groupBy(sink.profiles, (record) => record.type);
    expect(Object.entries(counts).map(([type, records]) => [type, records?.length])).toEqual([
      ['heap', 2],
      ['goroutine', 2],
      ['cpu', 2],
      ['allocs', 1],
      ['block', 1],
      ['mutex', 1],
    ]);
    expect(counts.mutex?.[0]).toMatchObject({
      key: { service: 'my shop', labels: { env: 'test', instance: 'h:1' } },
      startNanos: at(10),
      durationNanos: 10n * second,
    });
    expect(sink.snapshots.map(({ snapshot }) => snapshot.timeNanos)).toEqual([at(10), at(20)]);
    expect(playing.states()[0]).toMatchObject({ service: 'my shop', instance: 'h:1', up: true });
  });

  test('can move the end to now', async () => {
    const sink = recordingSink();
    const clock = fakeClock(5_000_000_000_000);
    await replay(await openRecording(join(base, 'whole')), sink, { shiftToNow: true, clock }).done;
    const cpu = sink.profiles.filter((record) => record.type === 'cpu');
    expect(cpu.map((record) => record.startNanos)).toEqual([
      4_999_999_988_000n * 1_000_000n,
      4_999_999_998_000n * 1_000_000n,
    ]);
    const process = sink.snapshots[0]?.snapshot.processStartNanos ?? 0n;
    expect(process).toBeGreaterThan(1_795_201_331_657_499_915n);
  });

  test('at a pace gives each capture when it ended, after a backlog', async () => {
    const sink = recordingSink();
    const clock = fakeClock(1_000_000);
    const seen: (readonly [string, number])[] = [];
    const timed = {
      ...sink,
      profile: (record: (typeof sink.profiles)[number]) =>
        void seen.push([record.type, clock.now() - 1_000_000]),
    };
    const recording = await openRecording(join(base, 'whole'));
    const options = { speed: 2, shiftToNow: true, backlogMillis: 3000, clock };
    await replay(recording, timed, options).done;
    expect(seen.filter(([type]) => type === 'cpu')).toEqual([
      ['cpu', 0],
      ['cpu', 4500],
    ]);
    expect(seen.find(([type]) => type === 'mutex')).toEqual(['mutex', 3500]);
  });

  test('shows a file that cannot be decoded, and goes on', async () => {
    const folder = join(base, 'damaged');
    await (await record(folder)).close();
    const whole = await readFile(join(folder, 'my-shop', '000001-heap.pb.gz'));
    await writeFile(join(folder, 'my-shop', '000001-heap.pb.gz'), whole.subarray(0, 99));
    const sink = recordingSink();
    const playing = replay(await openRecording(folder), sink);
    await playing.done;
    expect(sink.profiles.filter((record) => record.type === 'heap')).toHaveLength(1);
    expect(sink.types()).toContain('cpu');
  });

  test('stops when it is told to', async () => {
    const sink = recordingSink();
    const controller = new AbortController();
    controller.abort();
    const recording = await openRecording(join(base, 'whole'));
    await replay(recording, sink, { signal: controller.signal }).done;
    expect(sink.profiles).toEqual([]);
  });
});

describe('observations', () => {
  test('of a folder hold its captures as the process gave them', async () => {
    const observation = await observationFromRecording(join(base, 'whole'));
    expect(observation.captures).toHaveLength(12);
    expect(observation.dumps).toHaveLength(1);
    expect(observation.captures.every((capture) => !capture.delta)).toBe(true);
    expect(observation.metrics).toHaveLength(2);
    expect([observation.fromNanos, observation.toNanos]).toEqual([at(10), at(22)]);
    expect(observation.missing).toEqual([]);
  });

  test('of files take their types and times from the files', () => {
    const names = ['collect/mutex-1.pb.gz', 'collect/cpu-1.pb.gz', 'metrics/agent-1.json'];
    const files = names.map((name) => ({ name, bytes: fixture(name) }));
    const observation = observationFromFiles(files);
    expect(observation.captures.map((capture) => capture.type)).toEqual(['mutex', 'cpu']);
    expect(observation.metrics).toHaveLength(1);
    expect(observation.captures[1]?.durationNanos).toBeGreaterThan(1_900_000_000n);
  });

  test('of a file that is none of ours say so', () => {
    const file = { name: 'notes.txt', bytes: new TextEncoder().encode('Dear diary') };
    expect(() => observationFromFiles([file])).toThrow('notes.txt is a text of an unknown kind');
  });
});

/** A clock that jumps instead of waiting. */
function fakeClock(start: number): Clock {
  let now = start;
  return {
    now: () => now,
    random: () => 0.5,
    async sleep(millis) {
      now += Math.max(0, millis);
    },
  };
}
