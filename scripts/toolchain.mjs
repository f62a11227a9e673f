/**
 * The first steps of `npm start` and `npm test`: dependencies, pinned Node, build.
 *
 * Runs on any Node from 20 on with nothing installed, so: plain JavaScript, Node's own modules only.
 * Everything is stamped with a hash of what it was made from, so a second run takes milliseconds.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { constants } from 'node:os';
import { delimiter, dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

const windows = process.platform === 'win32';
const installStamp = join(root, 'node_modules', '.whygo-install');
const buildStamp = join(root, 'dist', '.whygo-build');

/** The Node that the project pins as a development dependency. */
export const pinnedNode = join(root, 'node_modules', 'node', 'bin', windows ? 'node.exe' : 'node');

/** Ends the process with one line: what happened, and what to do. */
export function fail(message) {
  process.stderr.write(`whygo: ${message}\n`);
  process.exit(2);
}

/** The environment in which the project's commands run: its own binaries first. */
export function environment(extra = {}) {
  const path = `${join(root, 'node_modules', '.bin')}${delimiter}${process.env.PATH ?? ''}`;
  return { ...process.env, ...extra, PATH: path };
}

/** Runs a program to its end; exits with its status when it fails. */
export function run(command, args, options = {}) {
  const result = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    env: environment(),
    ...options,
  });
  if (result.error) fail(`Cannot run ${command}: ${result.error.message}`);
  return result.status ?? 1;
}

/** Runs the pinned Node on a script of a dependency or of the project. */
export function runNode(args, options = {}) {
  return run(pinnedNode, args, options);
}

/** Runs the pinned Node until it ends; signals go to it, and its status becomes ours. */
export function becomeNode(args) {
  const child = spawn(pinnedNode, args, { cwd: root, stdio: 'inherit', env: environment() });
  // A Ctrl-C at a terminal reaches the child by itself as well; it takes two within a second as one.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => child.kill(signal));
  }
  child.on('error', (error) => fail(`Cannot run ${pinnedNode}: ${error.message}`));
  child.on('exit', (status, signal) => {
    process.exit(signal === null ? (status ?? 1) : 128 + (constants.signals[signal] ?? 0));
  });
}

function* filesBelow(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) yield* filesBelow(path);
    else if (entry.isFile()) yield path;
  }
}

function hashOf(paths) {
  const hash = createHash('sha256');
  for (const path of paths) {
    hash.update(relative(root, path));
    hash.update('\0');
    hash.update(readFileSync(path));
    hash.update('\0');
  }
  return hash.digest('hex');
}

function isStamped(stamp, value) {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === value;
}

function writeStamp(stamp, value) {
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, value);
}

function installHash() {
  const hash = hashOf([join(root, 'package.json'), join(root, 'package-lock.json')]);
  return `${hash} ${process.platform} ${process.arch}`;
}

function buildHash() {
  const isSource = (path) => !/\.test\.tsx?$/.test(path);
  const sources = [...filesBelow(join(root, 'src'))].filter(isSource).sort();
  const settings = ['pure', 'node', 'web', 'base'].map((name) => `tsconfig.${name}.json`);
  const others = [
    'package-lock.json',
    'vite.config.ts',
    join('scripts', 'bundle.mjs'),
    ...settings,
  ].map((f) => join(root, f));
  return hashOf([...sources, ...others]);
}

/** `npm ci`, with the npm that runs us when there is one. */
function install() {
  process.stderr.write('whygo: installing dependencies (once, about half a minute) …\n');
  const args = ['ci', '--loglevel=error', '--no-audit', '--no-fund'];
  const npm = process.env.npm_execpath;
  const status =
    npm && /\.c?js$/.test(npm)
      ? run(process.execPath, [npm, ...args], { env: process.env })
      : run(windows ? 'npm.cmd' : 'npm', args, { env: process.env, shell: windows });
  if (status !== 0) {
    fail(
      'Cannot install dependencies: `npm ci` failed (see above); is the npm registry reachable?',
    );
  }
  if (!existsSync(pinnedNode)) {
    fail(
      `Cannot find the pinned Node at ${pinnedNode}: install scripts must be allowed for the package "node"; ` +
        'run `npm config set ignore-scripts false` and try again',
    );
  }
}

function build() {
  process.stderr.write('whygo: building …\n');
  rmSync(buildStamp, { force: true });
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  if (runNode([tsc, '-b', 'tsconfig.node.json']) !== 0) {
    fail('Cannot build: the TypeScript compiler reported the errors above');
  }
  if (runNode([join(root, 'scripts', 'bundle.mjs')]) !== 0) {
    fail('Cannot join the modules of pprof: Vite reported the errors above');
  }
  const vite = join(root, 'node_modules', 'vite', 'bin', 'vite.js');
  if (runNode([vite, 'build', '--logLevel', 'warn']) !== 0) {
    fail('Cannot build the page: Vite reported the errors above');
  }
}

/** One set-up at a time: a second one waits for the first, and takes over when that one died. */
function withLock(action) {
  const lock = join(root, '.cache', 'setup.lock');
  mkdirSync(dirname(lock), { recursive: true });
  const deadline = Date.now() + 10 * 60_000;
  for (;;) {
    try {
      writeFileSync(lock, String(process.pid), { flag: 'wx' });
      break;
    } catch (error) {
      if (error.code !== 'EEXIST') throw error;
    }
    if (isAbandoned(lock)) rmSync(lock, { force: true });
    else if (Date.now() > deadline) fail(`Cannot set up: another set-up holds ${lock}; remove it`);
    else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200);
  }
  try {
    return action();
  } finally {
    rmSync(lock, { force: true });
  }
}

function isAbandoned(lock) {
  try {
    const owner = Number(readFileSync(lock, 'utf8'));
    if (!(owner > 0)) return Date.now() - statSync(lock).mtimeMs > 5000;
    process.kill(owner, 0);
    return false;
  } catch (error) {
    return error.code === 'ESRCH' || error.code === 'ENOENT';
  }
}

/** Installs and builds whatever is missing or out of date. */
export function setup({ forceBuild = false } = {}) {
  const [major] = process.versions.node.split('.').map(Number);
  if (major < 20) fail(`Node ${process.versions.node} is too old: install Node 20 or newer`);
  const ready = () =>
    isStamped(installStamp, installHash()) &&
    existsSync(pinnedNode) &&
    !forceBuild &&
    isStamped(buildStamp, buildHash());
  if (ready()) return;
  withLock(() => {
    if (!isStamped(installStamp, installHash()) || !existsSync(pinnedNode)) {
      install();
      writeStamp(installStamp, installHash());
    }
    const hash = buildHash();
    if (forceBuild || !isStamped(buildStamp, hash)) {
      build();
      writeStamp(buildStamp, hash);
    }
  });
}
