import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { observationFromFiles } from '../collect/observe.ts';
import { cautionsOf, printCautions } from './reading.ts';
import type { Output } from './terminal.ts';

const file = (path: string) => ({
  name: path,
  bytes: new Uint8Array(readFileSync(new URL(`../../test/fixtures/${path}`, import.meta.url))),
});

test('explaining files says which of their numbers mislead, once for each type', () => {
  const observation = observationFromFiles([
    file('reading/cpu-deep-go1.26.8.pb.gz'),
    file('collect/cpu-1.pb.gz'),
    file('collect/cpu-2.pb.gz'),
    file('reading/block-waits-go1.26.8.pb.gz'),
  ]);
  const notes = cautionsOf(observation).map(({ type, id }) => `${type}/${id}`);
  expect(notes.sort()).toEqual([
    'block/idle-waits',
    'cpu/few-samples',
    'cpu/truncated-stacks',
    'cpu/utilisation',
  ]);
});

test('they are printed with their figures', () => {
  let text = '';
  const output: Output = {
    isTerminal: false,
    columns: 100,
    write: (piece) => {
      text += piece;
    },
    line: (line = '') => {
      text += `${line}\n`;
    },
    style: (_, styled) => styled,
  };
  printCautions(
    output,
    cautionsOf(observationFromFiles([file('reading/cpu-fast-go1.26.8.pb.gz')])),
  );
  expect(text).toBe(
    'Read with care\n' +
      '  cpu: It was recorded at 500 Hz instead of 100: the signals cost more, and many systems cannot\n' +
      '    deliver them that often, so that CPU time is missing.\n' +
      '    period 2 ms\n',
  );
});
