/** `whygo trace -d=wire|parsed|footprint`, to the byte what go tool trace prints. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parsedLines } from '../../../src/cli/trace/parsed.ts';
import { footprintLines, wireLines } from '../../../src/cli/trace/rawevents.ts';
import { decodeTrace } from '../../../src/trace/decode.ts';
import { bytesSource } from '../../../src/trace/source.ts';

const folder = join(import.meta.dirname, '../../fixtures/trace');
const recordings = readdirSync(folder)
  .filter((name) => name.endsWith('.trace'))
  .map((name) => ({ name, path: join(folder, name) }));

const hasGo = spawnSync('go', ['tool', '-n', 'trace']).status === 0;

function theirs(mode: string, path: string): string {
  const env = { ...process.env, TZ: 'UTC' };
  const run = spawnSync('go', ['tool', 'trace', `-d=${mode}`, path], { env, maxBuffer: 1 << 28 });
  return run.stdout.toString('utf8');
}

/** The first line that differs, with what it should be; undefined when none does. */
function firstDifference(ours: string, expected: string): string | undefined {
  if (ours === expected) return undefined;
  const lines = expected.split('\n');
  const at = ours.split('\n').findIndex((line, i) => line !== lines[i]);
  return `line ${at + 1}: ${ours.split('\n')[at]} instead of ${lines[at]}`;
}

const lines = (all: Iterable<string>) => [...all].map((line) => `${line}\n`).join('');

describe.skipIf(!hasGo)('go tool trace -d (needs go on the PATH)', () => {
  test.each(recordings)('wire: $name', ({ path }) => {
    const ours = lines(wireLines(bytesSource(readFileSync(path))));
    expect(firstDifference(ours, theirs('wire', path))).toBeUndefined();
  });

  test.each(recordings)('parsed: $name', ({ path }) => {
    const source = bytesSource(readFileSync(path));
    const ours = lines(parsedLines(decodeTrace(source), source));
    expect(firstDifference(ours, theirs('parsed', path))).toBeUndefined();
  });

  // Go prints types that do not occur, too, and those of equal size in any order.
  test.each(recordings)('footprint: $name', ({ path }) => {
    const cells = (text: string) => text.split('\n').map((line) => line.trim().split(/\s+/));
    const counted = (rows: string[][]) =>
      rows.filter(([, bytes]) => Number(bytes) > 0).map((row) => row.join(' '));
    const ours = counted(cells(lines(footprintLines(bytesSource(readFileSync(path))))));
    expect(ours.length).toBeGreaterThan(10);
    expect(ours.toSorted()).toEqual(counted(cells(theirs('footprint', path))).toSorted());
  });
});
