/**
 * Goroutine dumps, ours against gostackparse and panicparse: recordings of Go 1.15 to 1.27,
 * gostackparse's own test dumps, a dump of two thousand goroutines made here, and cut ones.
 *
 * Every goroutine that a peer gives must be the same here: id, state, wait, lock, stack, creator.
 * Where it is not, the text decides (plain-reading.ts), and the peer is counted as mistaken.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseGoroutineDump } from '../../../src/goroutines/parse.ts';
import { framesOf, type GoroutineTable } from '../../../src/goroutines/table.ts';
import {
  build,
  buildPeers,
  CACHE,
  gostackparseFolder,
  missingPeers,
  type Peer,
  type ReadGoroutine,
  type Reading,
} from './peers.ts';
import { plainReading } from './plain-reading.ts';

const fixtures = join(import.meta.dirname, '../../fixtures/goroutines');
const dumper = join(import.meta.dirname, '../../../perf/go/dump');
const missing = missingPeers();

/** Our table in the peers' shape. */
function ours(table: GoroutineTable): ReadGoroutine[] {
  return Array.from(table.ids, (id, row) => {
    const { state, leaked, scan, durable, waitMinutes, lockedToThread } =
      table.headers[table.header[row]];
    const marks = [leaked && ' (leaked)', scan && ' (scan)', durable && ' (durable)'];
    const creator = table.createdBy[row];
    return {
      id,
      // Of a race, the detector says what the access was, not what the goroutine does.
      state: state.startsWith('data race: ') ? '' : state + marks.filter(Boolean).join(''),
      waitMinutes,
      lockedToThread,
      // What the runtime left out is no frame to the peers.
      stack: framesOf(table, table.stack[row]).filter(({ line }) => line > 0),
      createdBy:
        creator < 0
          ? null
          : { function: table.functions[creator], ...table.places[table.createdAt[row]] },
    };
  });
}

const FIELDS = ['state', 'waitMinutes', 'lockedToThread', 'stack', 'createdBy'] as const;

/** Fields in which two readings of a goroutine differ. */
function differences(a: ReadGoroutine, b: ReadGoroutine): string[] {
  return FIELDS.filter((field) => JSON.stringify(a[field]) !== JSON.stringify(b[field]));
}

interface Tally {
  dumps: number;
  goroutines: number;
  equal: number;
  /** Of the peer, by the text: which fields, how often. */
  mistaken: Map<string, number>;
  /** Creators that the peer calls `main.main in goroutine 1`; compared without that. */
  namedCreators: number;
  /** Goroutines that only we give. */
  oursAlone: number;
}

function withPlainCreator(theirs: ReadGoroutine, tally: Tally): ReadGoroutine {
  const { createdBy } = theirs;
  const plain = createdBy?.function.replace(/ in goroutine \d+$/, '');
  if (createdBy === null || plain === undefined || plain === createdBy.function) return theirs;
  tally.namedCreators++;
  return { ...theirs, createdBy: { ...createdBy, function: plain } };
}

const tallies = new Map<Peer, Tally>();

/** Compares a dump; what differs and is not the peer's mistake. */
function compare(peer: Peer, file: string, reading: Reading): string[] {
  const tally = tallies.get(peer) ?? {
    ...{ dumps: 0, goroutines: 0, equal: 0, namedCreators: 0, oursAlone: 0 },
    mistaken: new Map<string, number>(),
  };
  tallies.set(peer, tally);
  const bytes = readFileSync(file);
  const mine = ours(parseGoroutineDump(bytes));
  const text = plainReading(bytes.toString('utf8'));
  const wrong: string[] = [];
  let at = 0;
  tally.dumps++;
  for (const given of reading.goroutines) {
    const theirs = withPlainCreator(given, tally);
    // Both keep the order of the text.
    const index = mine.findIndex((one, i) => i >= at && one.id === theirs.id);
    const own = mine[index];
    if (own === undefined) {
      wrong.push(`${basename(file)}: goroutine ${theirs.id} is missing`);
      continue;
    }
    at = index + 1;
    tally.goroutines++;
    const fields = differences(own, theirs);
    const said = text.filter(({ id }) => id === own.id);
    if (fields.length === 0) tally.equal++;
    else if (said.some((one) => differences(own, one).length === 0)) {
      const key = fields.join(', ');
      tally.mistaken.set(key, (tally.mistaken.get(key) ?? 0) + 1);
    } else {
      const detail = JSON.stringify({ ours: own, theirs, said });
      wrong.push(`${basename(file)}: goroutine ${own.id}: ${fields.join(', ')} ${detail}`);
    }
  }
  tally.oursAlone += mine.length - reading.goroutines.length;
  return wrong;
}

describe.skipIf(missing !== undefined)(
  `goroutine dumps and their peers (${missing ?? 'go'})`,
  () => {
    let read: ReturnType<typeof buildPeers>;
    const corpora: Record<string, string[]> = {};

    beforeAll(() => {
      read = buildPeers();
      const recorded = readdirSync(fixtures).filter((name) => name.endsWith('.txt'));
      corpora['our recordings'] = recorded.map((name) => join(fixtures, name));
      const theirs = gostackparseFolder();
      corpora["gostackparse's own"] = readdirSync(theirs)
        .filter((name) => name.endsWith('.txt'))
        .map((name) => join(theirs, name));
      corpora['two thousand goroutines'] = [largeDump()];
      corpora['cut dumps'] = cutDumps();
    }, 180_000);

    afterAll(() => {
      for (const [peer, tally] of tallies) {
        const { dumps, goroutines, equal, mistaken, namedCreators, oursAlone } = tally;
        const wrong = [...mistaken].map(([fields, count]) => `${count} in ${fields}`).join('; ');
        process.stdout.write(
          `${peer}: ${equal} of ${goroutines} goroutines equal in ${dumps} dumps; it differs from ` +
            `the text ${wrong === '' ? 'nowhere' : `in ${wrong}`}; ${namedCreators} creators with an ` +
            `id in their name; ${oursAlone} goroutines more are read here\n`,
        );
      }
    });

    for (const peer of ['gostackparse', 'panicparse'] as const) {
      test.each(['our recordings', "gostackparse's own", 'two thousand goroutines', 'cut dumps'])(
        `${peer}: %s`,
        (name) => {
          const files = corpora[name];
          const readings = read(peer, files);
          const wrong = files.flatMap((file, i) => compare(peer, file, readings[i]));
          expect(wrong).toEqual([]);
          expect(readings.some(({ goroutines }) => goroutines.length > 0)).toBe(true);
        },
      );
    }

    test('what the peers cannot read is read here: labels, gp= headers, records, wrapped dumps', () => {
      const alone = (name: string) => {
        const file = join(fixtures, name);
        const counts = (['gostackparse', 'panicparse'] as const).map(
          (peer) => read(peer, [file])[0].goroutines.length,
        );
        return [...counts, parseGoroutineDump(readFileSync(file)).length];
      };
      expect(alone('healthy-go1.27rc1.debug2.txt')).toEqual([8, 8, 12]);
      expect(alone('leak-go1.27rc1.sigquit.txt')).toEqual([0, 48, 49]);
      expect(alone('race-go1.26.8.txt')).toEqual([0, 2, 6]);
      expect(alone('synctest-json-go1.26.8.txt')).toEqual([0, 0, 7]);
    });
  },
);

function largeDump(): string {
  const binary = join(CACHE, 'goroutine-dump');
  build(dumper, binary);
  const file = join(CACHE, 'goroutines-2000.txt');
  const run = spawnSync(binary, ['2000', file], { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`the dump was not made: ${run.stderr}`);
  return file;
}

/** Dumps that end somewhere: at every one of fifty places. */
function cutDumps(): string[] {
  const folder = join(CACHE, 'cut-dumps');
  mkdirSync(folder, { recursive: true });
  const names = ['partial-go1.26.8.debug2.txt', 'deadlock-go1.27rc1.txt'];
  return names.flatMap((name) => {
    const text = readFileSync(join(fixtures, name));
    return Array.from({ length: 50 }, (_, i) => {
      const file = join(folder, `${i}-${name}`);
      writeFileSync(file, text.subarray(0, Math.round((text.length * (i + 1)) / 51)));
      return file;
    });
  });
}
