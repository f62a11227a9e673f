/** States by the runtime's frames: from protobuf profiles, and from the addresses of debug=1. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { decodePprof } from '../formats/pprof.ts';
import { goroutineTableOf } from './from-profile.ts';
import { parseGoroutineDump } from './parse.ts';
import { goroutineRow, selectRows } from './view.ts';
import { addressNamesOf, leafAddressesOf, stateOfLeaves, withStates } from './wallstate.ts';

const folder = join(import.meta.dirname, '..', '..', 'test', 'fixtures', 'goroutines');
const profile = decodePprof(gunzipSync(readFileSync(join(folder, 'leak-go1.26.8.pb.gz'))));

describe('the states of a protobuf profile', () => {
  const table = withStates(goroutineTableOf(profile));
  const stateAt = (text: string) => {
    const [row] = selectRows(table, { text });
    return goroutineRow(table, row).state;
  };

  test.each([
    ['main.leakSend', 'chan send'],
    ['main.leakRecv', 'chan receive'],
    ['main.leakSelect', 'select'],
    ['main.leakMu.', 'sync.Mutex.Lock'],
    ['main.leakCond', 'sync.Cond.Wait'],
    ['(*WaitGroup).Wait', 'sync.WaitGroup.Wait'],
    ['TCPListener', 'IO wait'],
  ])('%s: %s, as debug=2 says', (text, state) => {
    expect(stateAt(text)).toBe(state);
  });

  test('a text that tells its states, or hides the runtime, stays as it is', () => {
    for (const name of ['leak-go1.26.8-leak.debug2.txt', 'leak-go1.26.8-leak.debug1.txt']) {
      const dump = parseGoroutineDump(readFileSync(join(folder, name)));
      expect(withStates(dump).header).toEqual(dump.header);
    }
  });
});

describe('the addresses of debug=1', () => {
  const text = readFileSync(join(folder, 'leak-go1.26.8-leak.debug1.txt'), 'utf8');

  test('come in the order of the records', () => {
    const addresses = leafAddressesOf(text);
    expect(addresses.length).toBe(parseGoroutineDump(new TextEncoder().encode(text)).length);
    expect(addresses.every((run) => run.length > 0 && run.length <= 6)).toBe(true);
  });

  test('are one further on than those of a profile', () => {
    const [address] = profile.locations.address;
    const names = addressNamesOf(profile);
    expect(names.get(`0x${(address + 1n).toString(16)}`)).toBeDefined();
  });
});

test('who is neither parked nor in a system call executes or could', () => {
  expect(stateOfLeaves(['runtime.asyncPreempt2', 'main.spin']).state).toBe('ready');
  expect(stateOfLeaves([]).state).toBe('ready');
  expect(stateOfLeaves(['syscall.Syscall', 'syscall.read']).state).toBe('syscall');
  expect(stateOfLeaves(['runtime.cgocall', 'main._Cfunc_work']).state).toBe('syscall');
});
