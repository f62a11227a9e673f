/**
 * `whygo pprof` against Go's pprof where binaries and sources count: programs built here, profiles that
 * they wrote of themselves, as they are and reduced to addresses. Nothing is cached: every build is new.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync, gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodePprof, encodePprof } from '../../../src/formats/pprof.ts';
import { type Build, hasCompiler, NATIVE, run, Targets } from '../../binary/targets.ts';
import { withoutLines } from '../../binary/withoutlines.ts';
import { runOurs } from './compare.ts';
import { buildPprof, ENVIRONMENT, goVersion } from './peer.ts';

const TRIMMED: Build = { name: 'native, -trimpath', flags: ['-trimpath'] };
/** Stripped ones are left out: Go's tools misplace the text of those, and name other functions. */
const WITH_CGO: readonly Build[] = [
  { name: 'cgo', cgo: true },
  { name: 'cgo, PIE', cgo: true, flags: ['-buildmode=pie'] },
];

/** Reports that need no machine code: equal for every build. */
const NAMED = [
  ['-top'],
  ['-top', '-lines', '-cum'],
  ['-tree'],
  ['-peek=main'],
  ['-traces'],
  ['-raw'],
  ['-tags'],
  ['-dot'],
  ['-callgrind'],
  ['-proto'],
  ['-list=main'],
  ['-top', '-symbolize=none'],
  ['-raw', '-symbolize=local'],
  ['-raw', '-symbolize=force'],
  ['-raw', '-symbolize=fastlocal:demangle=full'],
  ['-raw', '-symbolize=remote'],
  ['-top', '-buildid=cafe'],
  ['-top', '-tools=/nonexistent'],
];

/** Go's tools give up on these where the symbol table is missing. */
const MACHINE_CODE = [
  ['-disasm=main\\.'],
  ['-disasm=.'],
  ['-disasm=runtime\\.(mallocgc|memmove|memclr|scan)', '-unit=ms'],
  ['-disasm=main', '-focus=work'],
  ['-disasm=nothing_matches_this'],
  ['-disasm=0x1'],
  ['-weblist=main'],
  ['-weblist=.'],
  ['-weblist=bytealg|memmove|memclr'],
  ['-weblist=main', '-mean'],
  ['-weblist=nothing_matches_this'],
];

const version = goVersion();
const why = version === undefined ? ' (skipped: needs go on the PATH)' : '';

describe.skipIf(version === undefined)(
  `with binaries, the same output as pprof${why}`,
  { timeout: 600_000 },
  () => {
    let targets: Targets;
    let pprof = '';
    let equal = 0;

    beforeAll(() => {
      targets = new Targets();
      pprof = buildPprof(version ?? '');
    });
    afterAll(() => {
      targets.dispose();
      console.log(`pprof with binaries: ${equal} command lines equal`);
    });

    async function expectEqual(args: readonly string[]): Promise<void> {
      const out = (who: string) => join(targets.folder, `${who}.html`);
      const withOutput = (who: string) =>
        args.some((arg) => arg.startsWith('-weblist')) ? [`-output=${out(who)}`, ...args] : args;
      const theirs = spawnSync(pprof, withOutput('theirs'), {
        env: { ...ENVIRONMENT },
        maxBuffer: 1 << 28,
      });
      const ours = await runOurs(withOutput('ours'));
      const label = args.join(' ');
      expect(ours.status, label).toBe(theirs.status);
      expect(plain(ours.stdout, args).equals(plain(theirs.stdout, args)), label).toBe(true);
      if (withOutput('') !== args && theirs.status === 0) {
        expect(bodyOf(out('ours')), label).toBe(bodyOf(out('theirs')));
      }
      equal++;
    }

    const builds = [...NATIVE, TRIMMED, ...(hasCompiler ? WITH_CGO : [])];
    for (const build of builds) {
      const isStripped = build.name.includes('stripped');
      for (const kind of ['cpu', 'heap']) {
        test(`${build.name}, ${kind}`, async () => {
          const profile = recorded(targets, build, kind);
          const commands = isStripped ? NAMED : [...NAMED, ...MACHINE_CODE];
          for (const command of commands) {
            await expectEqual([...command, targets.path(build), profile.whole]);
          }
        });

        test(`${build.name}, ${kind}, addresses only`, async () => {
          const profile = recorded(targets, build, kind);
          const commands = isStripped ? NAMED : [...NAMED, ...MACHINE_CODE];
          for (const command of commands) {
            await expectEqual([...command, targets.path(build), profile.bare]);
          }
          // The mapping names the binary by itself.
          await expectEqual(['-top', profile.bare]);
        });
      }
    }

    test('a binary that is not there is told of on standard output', async () => {
      const build = NATIVE[0] ?? expect.fail('there is no build');
      const { gone } = recorded(targets, build, 'cpu');
      await expectEqual(['-disasm=main', gone]);
    });

    test('the code of a stripped binary is shown where pprof gives up', async () => {
      const build = NATIVE.find(({ name }) => name === 'native, stripped') ?? expect.fail('none');
      const { whole } = recorded(targets, build, 'cpu');
      const ours = await runOurs(['-disasm=main\\.', targets.path(build), whole]);
      expect(ours.status).toBe(0);
      expect(ours.stdout.toString()).toMatch(/ROUTINE =+ main\.main\n/);
    });

    test('with -symbolize=inlined, addresses get the very frames that the runtime wrote', async () => {
      const build = NATIVE[0] ?? expect.fail('there is no build');
      const { whole, bare } = recorded(targets, build, 'cpu');
      const binary = targets.path(build);
      const ours = await runOurs(['-traces', '-lines', '-symbolize=local:inlined', binary, bare]);
      const real = await runOurs(['-traces', '-lines', binary, whole]);
      expect(ours.stdout.toString()).toBe(real.stdout.toString());
    });
  },
);

/** A profile that a build wrote of itself; `bare` has addresses only, `gone` names no file. */
function recorded(targets: Targets, build: Build, kind: string) {
  const path = targets.path(build);
  const folder = `${path}.profiles`;
  mkdirSync(folder, { recursive: true });
  if (!readdirSync(folder).includes(`${kind}.pprof`)) run(path, ['-profiles', folder], folder);
  const whole = join(folder, `${kind}.pprof`);
  const profile = decodePprof(new Uint8Array(gunzipSync(readFileSync(whole))));
  const bare = join(folder, `${kind}.bare.pprof`);
  writeFileSync(bare, gzipSync(encodePprof(withoutLines(profile))));
  const gone = join(folder, `${kind}.gone.pprof`);
  const mappings = profile.mappings.map((mapping) => ({
    ...mapping,
    file: '/nonexistent/program',
  }));
  writeFileSync(gone, gzipSync(encodePprof({ ...profile, mappings })));
  return { whole, bare, gone };
}

function plain(stdout: Buffer, args: readonly string[]): Buffer {
  return args.includes('-proto') && stdout.length > 0 ? gunzipSync(stdout) : stdout;
}

/** The page but for its style and script, which are our own. */
function bodyOf(path: string): string {
  return readFileSync(path, 'utf8').replace(/<(style|script)[^>]*>[\s\S]*?<\/\1>/g, '');
}
