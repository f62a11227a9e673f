/**
 * Where the Go sources of a path are on this machine, when they are not where the profile says: the
 * standard library in GOROOT, dependencies in the module cache or a vendor folder, the main module by its
 * go.mod. For builds with -trimpath, and for those of another machine.
 *
 * Only asked when pprof's own search has failed. It never guesses from a base name alone: a file counts
 * when its import path says which package it is of. Cost: `go env` once, where there is a go command.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, isAbsolute, join, resolve } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

export interface GoFolders {
  /** Installations of Go, best first. */
  readonly roots: readonly string[];
  readonly moduleCaches: readonly string[];
}

const USUAL_ROOTS = [
  '/usr/local/go',
  '/usr/lib/go',
  '/usr/lib/golang',
  '/usr/share/go',
  '/snap/go/current',
  '/opt/homebrew/opt/go/libexec',
  '/usr/local/opt/go/libexec',
  'C:\\Program Files\\Go',
];

/** What the environment says, else the go command and habit; folders that exist. */
export function goFolders(env: Environment): GoFolders {
  const isTold = env.GOROOT !== undefined && env.GOMODCACHE !== undefined;
  const told = isTold ? {} : goEnvironment(env);
  const home = env.HOME ?? env.USERPROFILE ?? '';
  const sdks = home === '' ? [] : foldersIn(join(home, 'sdk'), /^go\d/);
  const paths = [env.GOPATH, told.GOPATH, home === '' ? undefined : join(home, 'go')];
  const caches = paths.flatMap((list) =>
    (list ?? '').split(delimiter).map((path) => (path === '' ? '' : join(path, 'pkg', 'mod'))),
  );
  const moduleCaches = existing(env.GOMODCACHE ? [env.GOMODCACHE] : [told.GOMODCACHE, ...caches]);
  const toolchains = moduleCaches.flatMap((cache) =>
    foldersIn(join(cache, 'golang.org'), /^toolchain@/),
  );
  const usual = env.GOROOT ? [env.GOROOT] : [told.GOROOT, ...USUAL_ROOTS, ...sdks.reverse()];
  return { roots: existing([...usual, ...toolchains]), moduleCaches };
}

function existing(paths: readonly (string | undefined)[]): string[] {
  const known = new Set(paths.filter((path): path is string => path !== undefined && path !== ''));
  return [...known].filter((path) => existsSync(path));
}

function foldersIn(folder: string, pattern: RegExp): string[] {
  if (!existsSync(folder)) return [];
  const names = readdirSync(folder).filter((name) => pattern.test(name));
  return names.sort().map((name) => join(folder, name));
}

/** What `go env` says; nothing without a go command. */
function goEnvironment(env: Environment): Record<string, string | undefined> {
  const names = ['GOROOT', 'GOMODCACHE', 'GOPATH'];
  try {
    const output = execFileSync('go', ['env', ...names], {
      encoding: 'utf8',
      // Away from any go.mod, which may ask for another toolchain.
      cwd: tmpdir(),
      env: { ...env, GOTOOLCHAIN: 'local' },
      stdio: ['ignore', 'pipe', 'ignore'],
      timeout: 5000,
    });
    const values = output.split(/\r?\n/);
    return Object.fromEntries(names.map((name, i) => [name, values[i]]));
  } catch {
    // No go command, or one that cannot run: the usual places are left.
    return {};
  }
}

/** Paths at which the source file of that name may be, best first; of which not all exist. */
export function goSourceCandidates(
  name: string,
  folders: GoFolders,
  searchFolders: readonly string[],
): string[] {
  const path = name.replaceAll('\\', '/');
  return [
    ...moduleCache(path, folders.moduleCaches),
    ...standardLibrary(path, folders.roots),
    ...searchFolders.flatMap((folder) => ofModule(path, folder)),
  ];
}

/** Folders that hold an installation of Go, by their name. */
const GOROOT_NAME = /(^|\/)(go|goroot|golang|libexec|(go|golang)[-_]?\d[^/]*|toolchain@[^/]*)$/i;

function standardLibrary(path: string, roots: readonly string[]): string[] {
  // An installation of the release that the path names comes first.
  const release = /go\d+\.\d+(?:\.\d+|rc\d+)?(?=[./-]|$)/.exec(path)?.[0];
  const isNamed = (root: string) => release !== undefined && root.includes(release);
  const best = [...roots.filter(isNamed), ...roots.filter((root) => !isNamed(root))];
  const inSrc = (rest: string) => best.map((root) => join(root, 'src', rest));
  if (path.startsWith('$GOROOT/src/')) return inSrc(path.slice('$GOROOT/src/'.length));
  if (!isRooted(path)) {
    // Packages of the standard library have no dot in the first element of their path.
    const [first = '', ...rest] = path.split('/');
    return rest.length > 0 && !first.includes('.') ? inSrc(path) : [];
  }
  for (let at = path.indexOf('/src/'); at >= 0; at = path.indexOf('/src/', at + 1)) {
    if (GOROOT_NAME.test(path.slice(0, at))) return inSrc(path.slice(at + '/src/'.length));
  }
  return [];
}

function isRooted(path: string): boolean {
  return isAbsolute(path) || /^[a-z]:\//i.test(path);
}

/** `module@version/file`: as it lies in the module cache, where upper case is escaped. */
function moduleCache(path: string, caches: readonly string[]): string[] {
  const cached = afterLast(path, '/pkg/mod/');
  const inModule = cached ?? (isRooted(path) ? undefined : path);
  const match = /^([^@]+@[^/@]+)\/(.+)$/.exec(inModule ?? '');
  if (match === null) return [];
  const [, module = '', file = ''] = match;
  const escaped = module.replace(/[A-Z]/g, (letter) => `!${letter.toLowerCase()}`);
  return caches.map((cache) => join(cache, escaped, file));
}

function afterLast(path: string, part: string): string | undefined {
  const at = path.lastIndexOf(part);
  return at < 0 ? undefined : path.slice(at + part.length);
}

/** In the module (or workspace) of a folder: its own packages, and what it vendors. */
function ofModule(path: string, folder: string): string[] {
  const found: string[] = [];
  const withoutVersion = path.replace(/^([^@]+)@[^/@]+\//, '$1/');
  const cached = afterLast(path, '/pkg/mod/')?.replace(/^([^@]+)@[^/@]+\//, '$1/');
  const vendored = afterLast(path, '/vendor/') ?? cached ?? withoutVersion;
  for (const root of parents(resolve(folder))) {
    const isModule = existsSync(join(root, 'go.mod'));
    const modules = existsSync(join(root, 'go.work')) ? workspaceModules(root) : [];
    if (isModule) modules.push(root);
    for (const module of modules) {
      const name = moduleName(module);
      if (name !== '' && withoutVersion.startsWith(`${name}/`)) {
        found.push(join(module, withoutVersion.slice(name.length + 1)));
      }
      const inFolder = afterLast(path, `/${basename(module)}/`);
      if (isRooted(path) && inFolder !== undefined) found.push(join(module, inFolder));
    }
    if (modules.length > 0 && !isRooted(vendored)) {
      found.push(join(root, 'vendor', unescaped(vendored)));
    }
  }
  if (path.startsWith('command-line-arguments/')) found.push(join(folder, basename(path)));
  return found;
}

function parents(folder: string): string[] {
  const up = dirname(folder);
  return up === folder ? [folder] : [folder, ...parents(up)];
}

function moduleName(root: string): string {
  const path = join(root, 'go.mod');
  if (!existsSync(path)) return '';
  return /^\s*module\s+"?([^\s"]+)/m.exec(readFileSync(path, 'utf8'))?.[1] ?? '';
}

/** The folders that a go.work file uses. */
function workspaceModules(root: string): string[] {
  const text = readFileSync(join(root, 'go.work'), 'utf8').replace(/\/\/.*/g, '');
  const blocks = [...text.matchAll(/^\s*use\s*(?:\(([^)]*)\)|(\S+))/gm)];
  return blocks
    .flatMap(([, many, one]) => (many ?? one ?? '').split(/\s+/))
    .filter((path) => path !== '')
    .map((path) => resolve(root, path.replaceAll('"', '')));
}

/** `github.com/!burnt!sushi` → `github.com/BurntSushi`. */
function unescaped(path: string): string {
  return path.replace(/!([a-z])/g, (_, letter: string) => letter.toUpperCase());
}
