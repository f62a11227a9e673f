/**
 * A program run under GODEBUG, with its standard error taken apart into lines.
 *
 * It runs in a process group of its own, so that a Ctrl-C at the terminal reaches it once, through
 * us, and `kill` on us reaches it too. Bytes of its own lines are passed on as they came.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { constants } from 'node:os';
import { basename } from 'node:path';
import { messageOf, UserError } from '../../base/errors.ts';

export interface GodebugSettings {
  readonly everyMillis: number;
  /** The person asked for that interval. */
  readonly everyGiven: boolean;
  readonly detail: boolean;
}

/**
 * Our settings beside those that are there. What is set already stays, except for what was asked for
 * in so many words.
 */
export function godebugWith(existing: string, settings: GodebugSettings): string {
  const kept = existing.split(',').filter((part) => part.trim() !== '');
  const wanted: readonly (readonly [string, string, boolean])[] = [
    ['schedtrace', String(Math.max(1, Math.round(settings.everyMillis))), settings.everyGiven],
    ['scheddetail', settings.detail ? '1' : '0', settings.detail],
    ['gctrace', '1', false],
    ['scavtrace', '1', false],
  ];
  const keyOf = (part: string) => part.split('=')[0]?.trim() ?? '';
  const result = [...kept];
  for (const [key, value, insist] of wanted) {
    const at = result.findIndex((part) => keyOf(part) === key);
    if (at < 0) result.push(`${key}=${value}`);
    else if (insist) result[at] = `${key}=${value}`;
  }
  return result.filter((part) => part !== 'scheddetail=0').join(',');
}

export interface ProgramOptions {
  readonly command: readonly string[];
  readonly godebug: string;
  /** `pipe` hands standard output to `onStdout`; `inherit` leaves it alone. */
  readonly stdout: 'inherit' | 'stderr' | 'pipe';
  readonly stdin: 'inherit' | 'ignore';
  /** A line without its line feed, a character a byte (latin1). */
  onStderr(line: string): void;
  onStdout(line: string): void;
}

export interface Program {
  readonly pid: number;
  /** Resolves when it has ended and everything it wrote was read; 128 + N when by signal N. */
  readonly exit: Promise<number>;
  signal(name: NodeJS.Signals): void;
}

/** Throws UserError `cannot-start`. */
export async function startProgram(options: ProgramOptions): Promise<Program> {
  const [name = '', ...args] = options.command;
  const child = spawn(name, args, {
    detached: true,
    env: { ...process.env, GODEBUG: options.godebug },
    stdio: [options.stdin, options.stdout === 'stderr' ? 2 : options.stdout, 'pipe'],
  });
  await started(child, name);
  if (child.stderr !== null) readLines(child.stderr, options.onStderr);
  if (child.stdout !== null) readLines(child.stdout, options.onStdout);
  return {
    pid: child.pid ?? 0,
    exit: new Promise((resolve) => {
      child.once('close', (code, signal) => {
        resolve(code ?? 128 + (signal === null ? 0 : constants.signals[signal]));
      });
    }),
    signal: (wanted) => void signalGroup(child, wanted),
  };
}

function started(child: ChildProcess, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (error) => {
      const next = 'check the path: whygo sched -- ./server';
      const what = `Cannot start ${basename(name)}: ${messageOf(error)}`;
      reject(new UserError('cannot-start', what, next));
    });
  });
}

/** A line may be cut here rather than grow without end. */
const LONGEST = 256 * 1024;

function readLines(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  let rest = '';
  stream.setEncoding('latin1');
  stream.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) onLine(line);
    if (rest.length > LONGEST) {
      onLine(rest);
      rest = '';
    }
  });
  stream.on('end', () => {
    if (rest !== '') onLine(rest);
  });
}

/** The whole process group; gone already is fine. */
function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  try {
    if (process.platform === 'win32') child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code !== 'ESRCH') throw error;
  }
}

/** Lines that a program wrote, as text. */
export function textOf(line: string): string {
  return Buffer.from(line, 'latin1').toString('utf8');
}
