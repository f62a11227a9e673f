/**
 * Go 1.21's reader of execution traces, which is the last for Go 1.5 to 1.10: go-v1/main.go, built
 * with internal/trace/{parser,order}.go of that toolchain's sources. Nothing of them is kept here.
 *
 * Needs `go` on the PATH, and the toolchain in its module cache (`GOTOOLCHAIN=go1.21.13 go version`).
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, cpSync, existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Reading, Reference } from './reference.ts';

const TOOLCHAIN = 'go1.21.13';
const program = join(import.meta.dirname, 'go-v1');
const work = join(import.meta.dirname, '../../../.cache/conformance/trace-canon-v1');

/** Go 1.21's internal/trace; undefined where it cannot be had without a download. */
export function oldTraceSources(): string | undefined {
  const env = { ...process.env, GOTOOLCHAIN: TOOLCHAIN, GOPROXY: 'off', GOENV: 'off' };
  const { status, stdout } = spawnSync('go', ['env', 'GOROOT'], { encoding: 'utf8', env });
  if (status !== 0) return undefined;
  const folder = join(stdout.trim(), 'src/internal/trace');
  return existsSync(join(folder, 'parser.go')) ? folder : undefined;
}

export function buildOldReference(sources: string): Reference {
  mkdirSync(work, { recursive: true });
  cpSync(program, work, { recursive: true });
  for (const name of ['parser.go', 'order.go']) {
    copyFileSync(join(sources, name), join(work, 'parser', name));
  }
  const binary = join(work, 'canonv1');
  const build = spawnSync('go', ['build', '-o', binary, '.'], { cwd: work, encoding: 'utf8' });
  if (build.status !== 0) throw new Error(`go build failed: ${build.stderr}`);
  return (traces, mode) => {
    const input = Buffer.concat(
      traces.flatMap((trace) => {
        const length = Buffer.alloc(4);
        length.writeUInt32LE(trace.length);
        return [length, trace];
      }),
    );
    const args = mode === 'verdict' ? ['-verdict'] : [];
    const run = spawnSync(binary, args, { input, maxBuffer: 1 << 30 });
    if (run.status !== 0) throw new Error(`canonv1 failed: ${run.stderr.toString()}`);
    return readings(run.stdout.toString('utf8').trimEnd().split('\n'));
  };
}

function readings(output: readonly string[]): Reading[] {
  const all: Reading[] = [];
  let from = 0;
  output.forEach((line, i) => {
    if (line !== 'ok' && !line.startsWith('refused ')) return;
    all.push({ lines: output.slice(from, i), refusal: line === 'ok' ? '' : line.slice(8) });
    from = i + 1;
  });
  return all;
}

export interface TimedLine {
  readonly time: number;
  readonly text: string;
}

const STOPS: Readonly<Record<string, string>> = {
  GoStop: 'Running->Waiting "forever"',
  GoSched: 'Running->Runnable "runtime.Gosched"',
  GoPreempt: 'Running->Runnable "preempted"',
  GoSleep: 'Running->Waiting "sleep"',
  GoBlock: 'Running->Waiting ""',
  GoBlockSend: 'Running->Waiting "chan send"',
  GoBlockRecv: 'Running->Waiting "chan receive"',
  GoBlockSelect: 'Running->Waiting "select"',
  GoBlockSync: 'Running->Waiting "sync"',
  GoBlockCond: 'Running->Waiting "sync.(*Cond).Wait"',
  GoBlockNet: 'Running->Waiting "network"',
  GoBlockGC: 'Running->Waiting "GC mark assist wait for work"',
  GoSysCall: 'Running->Syscall ""',
};

const PLAIN: Readonly<Record<string, string>> = {
  GCStart: 'RangeBegin "GC concurrent mark phase" None',
  GCDone: 'RangeEnd "GC concurrent mark phase" None',
};

/**
 * Go 1.21's events, a line each, in the words of canonical.ts, which are those of Go 1.22 and later.
 * Threads are left out: they are in the starts of procs only.
 */
export function translated(lines: readonly string[]): TimedLine[] {
  const seen = new Set<string>();
  let isStarting = true;
  /** The end of a stopped world does not say why it was stopped. */
  let stopped = '';
  return lines.flatMap((line) => {
    const [, time = '', name = '', proc = '', g = '', rest = ''] =
      /^(-?\d+) (\w+) P=(-?\d+) G=(\d+)(.*)$/.exec(line) ?? [];
    const isFirst = !seen.has(proc);
    if (/^Proc/.test(name)) seen.add(proc);
    if (name === 'Gomaxprocs' && isStarting) {
      isStarting = false;
      return [];
    }
    if (name === 'STWStart') stopped = rest.slice(1);
    const goroutine = g === '0' ? '-1' : g;
    const own = name === 'STWDone' ? ` ${stopped}` : rest;
    return words(name, proc, goroutine, own, isStarting, isFirst).map((text) => {
      const [kind = '', ...details] = text.split(' ');
      const all = [kind, `P=${proc} G=${goroutine}`, ...details];
      return { time: Number(time), text: all.join(' ') };
    });
  });
}

function words(
  name: string,
  proc: string,
  g: string,
  rest: string,
  isStarting: boolean,
  isFirst: boolean,
): string[] {
  const [, stack = ''] = /( stack=\w+)$/.exec(rest) ?? [];
  const own = rest.slice(1, rest.length - stack.length);
  const [first = '', second = ''] = own.split(' ');
  const state = (of: string, change: string) => `StateTransition Goroutine(${of}) ${change}`;
  const stop = STOPS[name];
  if (stop !== undefined) return [`${state(g, stop)}${stack.replace('stack', 'of')}${stack}`];
  const plain = PLAIN[name];
  if (plain !== undefined) return [plain + stack];
  switch (name) {
    case 'GoCreate':
      return isStarting ? [] : [`${state(first, 'NotExist->Runnable ""')} ${second}${stack}`];
    case 'GoStart':
      return [state(g, `${isStarting ? 'Undetermined' : 'Runnable'}->Running ""`)];
    case 'GoStartLabel':
      return [state(g, 'Runnable->Running ""'), `Label ${JSON.stringify(own)} Goroutine(${g})`];
    case 'GoEnd':
      return [state(g, 'Running->NotExist ""')];
    case 'GoUnblock':
      return [`${state(first, 'Waiting->Runnable ""')}${stack}`];
    case 'GoSysExit':
      return [state(g, 'Syscall->Runnable ""')];
    case 'GoWaiting':
      return [state(g, 'Undetermined->Waiting ""')];
    case 'GoInSyscall':
      return [state(g, 'Undetermined->Syscall ""')];
    case 'ProcStart':
      return [`StateTransition Proc(${proc}) ${isFirst ? 'Undetermined' : 'Idle'}->Running`];
    case 'ProcStop':
      return [`StateTransition Proc(${proc}) ${isFirst ? 'Undetermined' : 'Running'}->Idle`];
    case 'Gomaxprocs':
      return [`Metric /sched/gomaxprocs:threads=${first}${stack}`];
    case 'HeapAlloc':
      return [`Metric /memory/classes/heap/objects:bytes=${first}`];
    case 'HeapGoal':
      return [`Metric /gc/heap/goal:bytes=${first}`];
    case 'STWStart':
      return [`RangeBegin "stop-the-world (GC ${own})" Goroutine(-1)`];
    case 'STWDone':
      return [`RangeEnd "stop-the-world (GC ${own})" Goroutine(-1)`];
    case 'GCSweepStart':
      return [`RangeBegin "GC incremental sweep" Proc(${proc})${stack}`];
    case 'GCSweepDone': {
      const bytes = `"bytes swept"=${first} "bytes reclaimed"=${second}`;
      return [`RangeEnd "GC incremental sweep" Proc(${proc}) ${bytes}`];
    }
    case 'GCMarkAssistStart':
      return [`RangeBegin "GC mark assist" Goroutine(${g})${stack}`];
    case 'GCMarkAssistDone':
      return [`RangeEnd "GC mark assist" Goroutine(${g})`];
    default:
      return [];
  }
}
