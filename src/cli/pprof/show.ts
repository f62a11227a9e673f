/**
 * Pictures and viewers: a report made a picture, into a file, to standard output, or to a program.
 *
 * awayFromTTY and invokeVisualizer of Go 1.26's pprof (internal/driver/commands.go).
 */
import { spawn } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout } from 'node:timers/promises';
import { interactiveSvg } from '../../report/pprof/svg.ts';
import type { PprofCommand } from './commands.ts';
import type { Config } from './config.ts';
import type { Picture } from './draw.ts';
import { PprofError, type PprofIo } from './io.ts';
import { createNumbered } from './tempfiles.ts';

export async function showReport(
  text: string | Uint8Array,
  command: PprofCommand,
  config: Config,
  io: PprofIo,
  interactive: boolean,
): Promise<void> {
  const { picture, viewers, fileEnding } = command;
  const result = picture === undefined ? text : await pictureOf(text, command, picture, io);
  if (config.output !== '') {
    io.message(`Generating report in ${config.output}`);
    writeFileSync(config.output, result);
  } else if (viewers !== undefined) {
    const ending = picture ?? (command.format === 'callgrind' ? 'grind' : 'html');
    await view(result, ending, viewersFor(viewers, io), interactive);
  } else if (fileEnding !== undefined && (io.isTerminal || interactive)) {
    const path = createNumbered('', 'profile', `.${fileEnding}`);
    io.message(`Generating report in ${path}`);
    writeFileSync(path, result);
  } else {
    io.write(result);
  }
}

async function pictureOf(
  text: string | Uint8Array,
  command: PprofCommand,
  picture: Picture,
  io: PprofIo,
): Promise<string | Uint8Array> {
  const { drawGraph } = await import('./draw.ts');
  const dot = typeof text === 'string' ? text : new TextDecoder().decode(text);
  const drawn = await drawGraph(dot, picture, io);
  return command.interactive === true && typeof drawn === 'string' ? interactiveSvg(drawn) : drawn;
}

/** The user's browser first, then those of the system. */
export function viewersFor(viewers: readonly string[], io: PprofIo): string[] {
  const isBrowser = viewers.includes('sensible-browser');
  if (!isBrowser) return [...viewers];
  const chosen = io.env.BROWSER ? [io.env.BROWSER] : [];
  switch (process.platform) {
    case 'darwin':
      return [...chosen, '/usr/bin/open'];
    case 'win32':
      return [...chosen, 'cmd /c start'];
    default:
      return [...chosen, ...viewers, ...(io.env.DISPLAY ? ['xdg-open'] : [])];
  }
}

/** Opens a temporary file in the first program that starts. */
async function view(
  content: string | Uint8Array,
  ending: string,
  viewers: readonly string[],
  interactive: boolean,
): Promise<void> {
  const path = createNumbered(tmpdir(), 'pprof', `.${ending}`);
  writeFileSync(path, content);
  process.once('exit', () => rmSync(path, { force: true }));
  let failure = '';
  for (const viewer of viewers) {
    const [program = '', ...args] = viewer.split(' ');
    const started = await start(program, [...args, path], interactive);
    if (started === undefined) {
      // The program may hand the file to another one that still has to open it.
      await setTimeout(1000);
      return;
    }
    failure = started;
  }
  throw new PprofError(failure);
}

/** Waits for the program, or only for its start; gives why it does not start. */
function start(program: string, args: string[], interactive: boolean): Promise<string | undefined> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'inherit'] });
    child.on('error', () => resolve(`exec: "${program}": executable file not found in $PATH`));
    if (interactive) child.on('spawn', () => resolve(undefined));
    child.on('close', (status) => {
      if (status === 0 || interactive) resolve(undefined);
      else if (status !== null && status >= 0) reject(new PprofError(`exit status ${status}`));
    });
  });
}
