/**
 * Targets from files that somebody else keeps up to date: Prometheus's `file_sd_configs`.
 *
 * A file that cannot be read or understood keeps the targets that it had, so that a half-written one
 * loses nothing; what is wrong with it is told.
 */
import { readdir, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { messageOf, UserError } from '../../base/errors.ts';
import { parseTargetGroups, type TargetGroup } from '../config/config.ts';

const LARGEST_FILE = 16 * 1024 * 1024;

export class FileGroups {
  readonly #patterns: readonly string[];
  #known = new Map<string, readonly TargetGroup[]>();

  /** Paths, each with at most one `*` in the file's name. */
  constructor(patterns: readonly string[]) {
    this.#patterns = patterns;
  }

  /** Folders in which a change may mean other targets. */
  get folders(): readonly string[] {
    return [...new Set(this.#patterns.map((pattern) => dirname(pattern)))];
  }

  /** The groups of every file there is now. `tell` is told of every file that is wrong. */
  async read(tell: (error: UserError) => void): Promise<readonly TargetGroup[]> {
    const found = new Map<string, readonly TargetGroup[]>();
    for (const path of await this.#paths(tell)) {
      try {
        found.set(path, withPath(await groupsOf(path), path));
      } catch (error) {
        tell(asUserError(error, path));
        found.set(path, this.#known.get(path) ?? []);
      }
    }
    this.#known = found;
    return [...found.values()].flat();
  }

  async #paths(tell: (error: UserError) => void): Promise<readonly string[]> {
    const paths: string[] = [];
    for (const pattern of this.#patterns) {
      if (!pattern.includes('*')) {
        paths.push(pattern);
        continue;
      }
      const [before = '', after = ''] = basename(pattern).split('*');
      try {
        const names = await readdir(dirname(pattern));
        const fits = (name: string) =>
          name.length >= before.length + after.length &&
          name.startsWith(before) &&
          name.endsWith(after);
        paths.push(
          ...names
            .filter(fits)
            .sort()
            .map((name) => join(dirname(pattern), name)),
        );
      } catch (error) {
        tell(asUserError(error, dirname(pattern)));
      }
    }
    return [...new Set(paths)];
  }
}

async function groupsOf(path: string): Promise<readonly TargetGroup[]> {
  const bytes = await readFile(path);
  if (bytes.length > LARGEST_FILE) {
    const next = 'Split it into several files';
    throw new UserError('config-invalid', `${path}: ${bytes.length} bytes of targets`, next);
  }
  return parseTargetGroups(bytes.toString('utf8'), path);
}

function withPath(groups: readonly TargetGroup[], path: string): readonly TargetGroup[] {
  return groups.map(({ targets, labels }) => ({
    targets,
    labels: { ...labels, __meta_filepath: path },
  }));
}

function asUserError(error: unknown, path: string): UserError {
  if (error instanceof UserError) return error;
  const next = 'The targets that it had are kept; correct the file or file_sd_configs';
  return new UserError('cannot-open', `Cannot read ${path}: ${messageOf(error)}`, next);
}
