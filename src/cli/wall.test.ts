/** `whygo wall`: its options, and fgprof's own endpoint. Polling itself is tested in test/wall. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { decodePprof } from '../formats/pprof.ts';
import { percentFlag, wall } from './wall.ts';

const FGPROF = join(import.meta.dirname, '../../test/fixtures/profiles/wall-fgprof-v0.9.5.pb.gz');
const flags = { for: '2s', hz: '10', budget: '1%', level: 'auto' } as const;

test('a budget is a percentage of one core', () => {
  expect(percentFlag('--budget', '1%')).toBe(0.01);
  expect(percentFlag('--budget', '0.5')).toBe(0.005);
  for (const text of ['', '0', '101%', 'much']) {
    expect(() => percentFlag('--budget', text)).toThrow(/Cannot read --budget/);
  }
});

describe('with the address of fgprof', () => {
  const folder = mkdtempSync(join(tmpdir(), 'whygo-wall-'));
  const asked: string[] = [];
  let server: Server;
  let address = '';

  beforeAll(async () => {
    server = createServer((request, response) => {
      asked.push(request.url ?? '');
      response.setHeader('content-type', 'application/octet-stream');
      response.end(readFileSync(FGPROF));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const bound = server.address();
    address = `127.0.0.1:${typeof bound === 'object' ? bound?.port : 0}`;
  });

  afterAll(async () => {
    await new Promise((resolve) => server.close(resolve));
    rmSync(folder, { recursive: true, force: true });
  });

  test('that is asked, for as long as was said, and nothing is polled', async () => {
    const out = join(folder, 'wall.pb.gz');
    await wall(`${address}/debug/fgprof`, { ...flags, out });
    expect(asked).toEqual(['/debug/fgprof?seconds=2']);
    const profile = decodePprof(gunzipSync(readFileSync(out)));
    expect(profile.periodType?.type).toBe('wallclock');
  });
});

describe('options that do not fit are refused before anything is asked', () => {
  const out = 'wall.pb.gz';
  test.each([
    ['a rate', { ...flags, out, hz: '0' }, /--hz 0 is no rate/],
    ['a timeline without ids', { ...flags, out, level: '1', timeline: 't.json' }, /needs debug=2/],
    ['a number of Ps', { ...flags, out, procs: 'x' }, /no number of Ps/],
  ] as const)('%s', async (_, given, message) => {
    await expect(wall('127.0.0.1:1', given)).rejects.toThrow(message);
  });
});
