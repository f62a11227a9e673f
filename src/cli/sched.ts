/**
 * `whygo sched FILE|-` and `whygo sched -- COMMAND…`: what the scheduler and the collector of a Go
 * program say under GODEBUG, live on a terminal, else as a summary or JSON lines.
 *
 * Of a command, standard output is left alone and the summary goes to standard error, as `time` and
 * `perf stat` do it; its exit code becomes ours.
 */
import { createWriteStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { finished } from 'node:stream/promises';
import { UserError } from '../base/errors.ts';
import { nodeDecompressors } from '../collect/decompress.ts';
import { decompress } from '../formats/compression.ts';
import type { GodebugEvent } from '../metrics/godebug/events.ts';
import { GodebugReader } from '../metrics/godebug/reader.ts';
import { durationFlag } from './duration.ts';
import { godebugWith, type Program, startProgram, textOf } from './sched/child.ts';
import { LiveScreen } from './sched/live.ts';
import { SchedModel } from './sched/model.ts';
import { type OutletFlags, Outlets } from './sched/outlets.ts';
import { type SchedCounts, summaryText } from './sched/print.ts';
import { stdout } from './terminal.ts';

export interface SchedFlags extends OutletFlags {
  readonly every?: string;
  readonly detail?: boolean;
  readonly json?: boolean;
  readonly out?: string;
  readonly plain?: boolean;
}

const DEFAULT_EVERY_MILLIS = 500;
const SCHEMA = 'whygo.sched/1';

/** `isCommand`: the words came after `--`. Resolves with the exit code. */
export async function sched(
  words: readonly string[],
  isCommand: boolean,
  flags: SchedFlags,
): Promise<number> {
  endWithReader();
  if (isCommand && words.length > 0) return runCommand(words, flags);
  const [source] = words;
  if (source === undefined || words.length > 1) {
    const next = 'name one file, - for standard input, or a command: whygo sched -- ./server';
    throw new UserError('bad-option', 'There is nothing to read', next);
  }
  if (source !== '-' && (flags.listen !== undefined || flags.to !== undefined)) {
    const next = 'run the program: whygo sched --listen :9099 -- ./server';
    throw new UserError('bad-option', 'A file has no numbers of now to hand on', next);
  }
  return source === '-' ? followInput(flags) : readWhole(source, flags);
}

/** What is done with the lines, whatever they come from. */
class Session {
  readonly model = new SchedModel();
  readonly reader: GodebugReader;
  readonly #json: ((line: string) => void) | undefined;
  #foreign = 0;

  /** `json` takes JSON lines; `foreign` the program's own ones. */
  constructor(json: ((line: string) => void) | undefined, foreign: (line: string) => void) {
    this.#json = json;
    this.reader = new GodebugReader({
      event: (event) => this.#event(event),
      foreign: (line) => {
        this.#foreign++;
        foreign(line);
      },
    });
  }

  get counts(): SchedCounts {
    return { foreign: this.#foreign, notUnderstood: this.reader.notUnderstood };
  }

  /** The summary, as text or as the last JSON line. */
  finish(write: (text: string) => void): void {
    this.reader.end();
    const { summary, events } = this.model;
    if (this.#json !== undefined) {
      const { foreign, notUnderstood } = this.counts;
      const counts = { foreignLines: foreign, notUnderstood };
      this.#json(JSON.stringify({ schema: SCHEMA, kind: 'summary', ...counts, ...summary }));
      return;
    }
    write(events === 0 ? NOTHING : summaryText(summary, this.counts));
  }

  #event(event: GodebugEvent): void {
    this.model.add(event);
    this.#json?.(JSON.stringify({ schema: SCHEMA, ...event }));
  }
}

const NOTHING =
  'No line of schedtrace, gctrace, scavtrace or inittrace. Is it a Go program, run with GODEBUG=schedtrace=1000?\n';

async function readWhole(path: string, flags: SchedFlags): Promise<number> {
  const output = outputOf(flags, (text) => stdout.write(text));
  const session = new Session(output.json, () => undefined);
  const bytes = decompress(await readFile(path), nodeDecompressors);
  const text = new TextDecoder().decode(bytes);
  for (let start = 0; start < text.length; ) {
    const end = text.indexOf('\n', start);
    session.reader.line(text.slice(start, end < 0 ? text.length : end));
    start = end < 0 ? text.length : end + 1;
  }
  session.finish(output.text);
  await output.close();
  return 0;
}

async function followInput(flags: SchedFlags): Promise<number> {
  if (process.stdin.isTTY) {
    const next = 'pipe a program into it: ./server 2>&1 | whygo sched -';
    throw new UserError('no-stdin', 'Cannot read “-”: standard input is the terminal', next);
  }
  const output = outputOf(flags, (text) => stdout.write(text));
  const live = isLive(flags) && process.stdout.isTTY === true;
  const session = new Session(output.json, (line) => session.model.line(line, 'stderr'));
  const outlets = await Outlets.open(flags, 'stdin', session.model);
  const ending = new AbortController();
  const screen = live
    ? LiveScreen.open({
        model: session.model,
        title: 'standard input',
        notes: () => outlets.notes,
        stream: process.stdout,
        onQuit: () => ending.abort(),
      })
    : undefined;
  if (screen === undefined) outlets.announce();
  try {
    await readLines(session.reader, ending.signal);
  } finally {
    screen?.close();
    await outlets.close();
  }
  session.finish(output.text);
  await output.close();
  return 0;
}

async function readLines(reader: GodebugReader, signal: AbortSignal): Promise<void> {
  const decoder = new TextDecoder();
  const stop = () => process.stdin.destroy();
  signal.addEventListener('abort', stop, { once: true });
  let rest = '';
  try {
    for await (const chunk of process.stdin) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) reader.line(line);
    }
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  if (rest !== '') reader.line(rest);
}

/** Signals that are handed on to the program. */
const FORWARDED = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGUSR1', 'SIGUSR2'] as const;
/** What asking to quit again and again means. */
const QUIT_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGKILL'] as const;

async function runCommand(command: readonly string[], flags: SchedFlags): Promise<number> {
  const live = isLive(flags) && process.stderr.isTTY === true;
  const everyMillis =
    flags.every === undefined ? DEFAULT_EVERY_MILLIS : durationFlag('--every', flags.every);
  const name = basename(command[0] ?? '');
  const output = outputOf(flags, (text) => process.stderr.write(text));
  const session: Session = new Session(output.json, (line) => {
    if (live) session.model.line(textOf(line), 'stderr');
    else process.stderr.write(`${line}\n`, 'latin1');
  });
  const outlets = await Outlets.open(flags, flags.service ?? name, session.model);
  const program = await startProgram({
    command,
    godebug: godebugWith(process.env.GODEBUG ?? '', {
      everyMillis,
      everyGiven: flags.every !== undefined,
      detail: flags.detail === true,
    }),
    stdout: stdoutOf(flags, live),
    stdin: live && process.stdin.isTTY ? 'ignore' : 'inherit',
    onStderr: (line) => session.reader.line(line),
    onStdout: (line) => session.model.line(textOf(line), 'stdout'),
  });
  if (!live) {
    for (const note of toolNotes(command)) process.stderr.write(`whygo: ${note}\n`);
    outlets.announce();
  }
  const forget = forward(program);
  const screen = live ? openLive(session, outlets, program, command) : undefined;
  let code = 0;
  try {
    code = await program.exit;
  } finally {
    forget();
    screen?.close();
    await outlets.close();
  }
  if (live) replay(session.model);
  session.finish(output.text);
  await output.close();
  return code;
}

function openLive(
  session: Session,
  outlets: Outlets,
  program: Program,
  command: readonly string[],
): LiveScreen {
  let asked = 0;
  return LiveScreen.open({
    model: session.model,
    title: command.join(' '),
    notes: () => [...toolNotes(command), ...outlets.notes],
    stream: process.stdout.isTTY ? process.stdout : process.stderr,
    onQuit: () =>
      program.signal(QUIT_SIGNALS[Math.min(asked++, QUIT_SIGNALS.length - 1)] ?? 'SIGKILL'),
  });
}

/** `go run` hands GODEBUG on to the compiler too. */
function toolNotes(command: readonly string[]): readonly string[] {
  if (basename(command[0] ?? '') !== 'go') return [];
  return [
    'the go command and the compiler write such lines too: build first, then run the program',
  ];
}

function forward(program: Program): () => void {
  const handlers = FORWARDED.map((signal) => {
    const handler = () => program.signal(signal);
    process.on(signal, handler);
    return { signal, handler };
  });
  const onExit = () => program.signal('SIGTERM');
  process.on('exit', onExit);
  return () => {
    for (const { signal, handler } of handlers) process.off(signal, handler);
    process.off('exit', onExit);
  };
}

/** What the program wrote while the screen was up, where it would have gone. */
function replay(model: SchedModel): void {
  if (model.omittedLines > 0) {
    process.stderr.write(
      `whygo: ${model.omittedLines} earlier lines of the program are left out\n`,
    );
  }
  for (const { text, from } of model.lines) process[from].write(`${text}\n`);
}

function isLive({ json, plain }: SchedFlags): boolean {
  return json !== true && plain !== true && process.env.TERM !== 'dumb';
}

/** With JSON on standard output the program's own must go elsewhere. */
function stdoutOf(flags: SchedFlags, live: boolean): 'inherit' | 'stderr' | 'pipe' {
  if (flags.json === true && flags.out === undefined) return 'stderr';
  return live && process.stdout.isTTY ? 'pipe' : 'inherit';
}

interface SchedOutput {
  readonly json: ((line: string) => void) | undefined;
  readonly text: (text: string) => void;
  readonly close: () => Promise<void>;
}

function outputOf(flags: SchedFlags, toDefault: (text: string) => void): SchedOutput {
  const file = flags.out === undefined ? undefined : createWriteStream(flags.out);
  // A folder or a full disk: told when it is closed.
  const done = file === undefined ? Promise.resolve() : finished(file);
  done.catch(() => undefined);
  const write = file === undefined ? toDefault : (text: string) => void file.write(text);
  const toJson = file === undefined ? (text: string) => stdout.write(text) : write;
  return {
    json: flags.json === true ? (line) => toJson(`${line}\n`) : undefined,
    text: write,
    close: async () => {
      file?.end();
      await done;
    },
  };
}

/** A reader that went away (`| head`) ends it without complaint. */
function endWithReader(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit(0);
  });
}
