/**
 * Go's own pprof: built once from the Go installation, its answers kept by what they depend on.
 *
 * pprof disagrees with itself where it prints in the order of a hash map, so that a case has several
 * right answers; further ones are asked for only when ours differs from those known.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';

const root = join(import.meta.dirname, '../../..');
const cache = join(root, '.cache/pprof-cli');

export interface Answer {
  readonly status: number;
  readonly stdout: Buffer;
}

/** `go version`; undefined without Go. */
export function goVersion(): string | undefined {
  const run = spawnSync('go', ['version'], { encoding: 'utf8' });
  return run.status === 0 ? run.stdout.trim() : undefined;
}

/** Builds cmd/pprof; gives the binary's path. */
export function buildPprof(version: string): string {
  mkdirSync(cache, { recursive: true });
  const name = createHash('sha256').update(version).digest('hex').slice(0, 12);
  const binary = join(cache, `pprof-${name}`);
  if (existsSync(binary)) return binary;
  const build = spawnSync('go', ['build', '-o', binary, 'cmd/pprof'], { encoding: 'utf8' });
  if (build.status !== 0) throw new Error(`go build cmd/pprof failed: ${build.stderr}`);
  return binary;
}

/** Builds the newest google/pprof (pinned in golden/go.mod). */
export function buildNewest(version: string): string {
  mkdirSync(cache, { recursive: true });
  const folder = join(import.meta.dirname, 'golden');
  const pinned = readFileSync(join(folder, 'go.mod'));
  const name = createHash('sha256').update(version).update(pinned).digest('hex').slice(0, 12);
  const binary = join(cache, `newest-${name}`);
  if (existsSync(binary)) return binary;
  const build = spawnSync('go', ['build', '-o', binary, '.'], { cwd: folder, encoding: 'utf8' });
  if (build.status !== 0) throw new Error(`go build failed: ${build.stderr}`);
  return binary;
}

/** The surroundings in which both sides run. */
export const ENVIRONMENT: Readonly<Record<string, string>> = {
  TZ: 'UTC',
  HOME: '/nonexistent',
  PATH: '/usr/bin:/bin',
  PPROF_TMPDIR: '/tmp',
  // Sources that pprof does not find are not looked for in these either.
  GOROOT: '/nonexistent',
  GOMODCACHE: '/nonexistent',
};

/** Short runs of pprof are faster without the collector's threads. Answers that are asked for again are not short of them. */
const QUICK = { GOMAXPROCS: '1', GOGC: '400' };

const digests = new Map<string, string>();

function digestOf(path: string): string {
  let digest = digests.get(path);
  if (digest === undefined) {
    digest = createHash('sha256').update(readFileSync(path)).digest('hex');
    digests.set(path, digest);
  }
  return digest;
}

export class Peer {
  private readonly binary: string;
  private readonly version: string;

  private readonly running = new Map<string, Promise<Answer>>();

  /** `version` is what answers are kept under. */
  constructor(version: string, binary: string) {
    this.version = version;
    this.binary = binary;
  }

  /** The n-th answer to a command line, from the cache or a run. Asked twice at once, it runs once. */
  answer(args: readonly string[], n: number, script = ''): Promise<Answer> {
    const file = join(cache, `${this.key(args, script)}-${n}.gz`);
    const running = this.running.get(file) ?? this.read(file, args, n, script);
    this.running.set(file, running);
    running.finally(() => this.running.delete(file)).catch(() => undefined);
    return running;
  }

  private async read(
    file: string,
    args: readonly string[],
    n: number,
    script: string,
  ): Promise<Answer> {
    if (existsSync(file)) {
      const bytes = gunzipSync(readFileSync(file));
      return { status: bytes[0] ?? 0, stdout: bytes.subarray(1) };
    }
    const answer = await this.run(args, script, n === 0 ? QUICK : {});
    const bytes = Buffer.concat([Buffer.from([answer.status]), answer.stdout]);
    writeFileSync(file, gzipSync(bytes, { level: 1 }));
    return answer;
  }

  private run(
    args: readonly string[],
    script: string,
    settings: Readonly<Record<string, string>>,
  ): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const child = spawn(this.binary, args, {
        cwd: root,
        env: { ...ENVIRONMENT, ...settings },
        stdio: ['pipe', 'pipe', 'ignore'],
      });
      // pprof may be gone before it has read anything.
      child.stdin.on('error', () => undefined);
      child.stdin.end(script);
      const pieces: Buffer[] = [];
      child.stdout.on('data', (piece: Buffer) => pieces.push(piece));
      child.on('error', reject);
      child.on('close', (status) =>
        resolve({ status: status ?? 255, stdout: Buffer.concat(pieces) }),
      );
    });
  }

  private key(args: readonly string[], script: string): string {
    const hash = createHash('sha256').update(this.version + script);
    for (const arg of args) {
      const path = arg.slice(arg.indexOf('=') + 1);
      const isFile = path.startsWith('/') && existsSync(path) && statSync(path).isFile();
      hash.update(`\0${arg}\0${isFile ? digestOf(path) : ''}`);
    }
    return hash.digest('hex').slice(0, 32);
  }
}
