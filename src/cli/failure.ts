/**
 * How a command fails: one line that says what, where, and what to do; exit code 2.
 *
 * A stack trace is for bugs alone, and those exit with 70 (EX_SOFTWARE), so that a script can tell
 * its own mistake from ours.
 */
import { DecodeError, UserError } from '../base/errors.ts';
import { stderr } from './terminal.ts';

export const EXIT_USAGE = 2;
export const EXIT_BUG = 70;

/** Prints it, and gives the exit code. */
export function reportFailure(error: unknown): number {
  const known = userErrorOf(error);
  if (known === undefined) {
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
    stderr.line(`whygo: this is a bug in whygo, please report it\n${what}`);
    return EXIT_BUG;
  }
  stderr.line(
    `${stderr.style('red', 'whygo:')} ${sentence(known.message)}. ${sentence(known.next)}`,
  );
  return EXIT_USAGE;
}

/** Errors of a file or address get its name; a name already in the message is not repeated. */
export function locate(error: unknown, where: string): unknown {
  if (error instanceof DecodeError) {
    const next = 'check that it is complete and of a kind that whygo reads (whygo --help)';
    const what = `Cannot read ${where} as ${error.format}`;
    return new UserError('cannot-decode', `${what}: byte ${error.offset}: ${error.reason}`, next);
  }
  const known = userErrorOf(error);
  if (known === undefined || known.message.includes(where)) return known ?? error;
  return new UserError(known.code, `${where}: ${known.message}`, known.next);
}

/** One line for an error of a file or address: what, where, what to do. Throws what is a bug. */
export function failureLine(error: unknown, where: string): string {
  const located = locate(error, where);
  if (located instanceof UserError) {
    return `whygo: ${sentence(located.message)}. ${sentence(located.next)}`;
  }
  // Errors of the system that name no path: a disk that cannot be read.
  if (error instanceof Error && 'syscall' in error) return `whygo: ${where}: ${error.message}`;
  throw error;
}

function userErrorOf(error: unknown): UserError | undefined {
  if (error instanceof UserError) return error;
  if (error instanceof DecodeError) {
    return new UserError('cannot-decode', error.message, 'check that the input is complete');
  }
  return systemError(error);
}

const REASONS: Readonly<Record<string, readonly [string, string]>> = {
  ENOENT: ['there is no such file or folder', 'check the path'],
  EACCES: ['permission denied', 'check who may read and write it'],
  EPERM: ['not permitted', 'check who may read and write it'],
  EISDIR: ['it is a folder', 'name a file'],
  ENOTDIR: ['a part of the path is a file', 'check the path'],
  ENOSPC: ['the disk is full', 'free some space, or choose another folder'],
  EROFS: ['the file system is read-only', 'choose another folder'],
};

function systemError(error: unknown): UserError | undefined {
  if (!(error instanceof Error) || !('code' in error) || typeof error.code !== 'string') {
    return undefined;
  }
  const reason = REASONS[error.code];
  if (reason === undefined || !('path' in error)) return undefined;
  const [what, next] = reason;
  return new UserError('cannot-open', `Cannot open ${String(error.path)}: ${what}`, next);
}

/** On one line, with a capital unless it begins with a name (`cpu.pb.gz`, `host:6060`), no full stop. */
export function sentence(text: string): string {
  const line = text
    .replaceAll(/\s*\n\s*/g, ' ')
    .trim()
    .replace(/\.$/, '');
  const isWord = /^[a-z’'-]+,?(\s|$)/.test(line);
  return isWord ? line.charAt(0).toUpperCase() + line.slice(1) : line;
}
