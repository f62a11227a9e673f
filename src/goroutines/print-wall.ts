/** A wall-clock profile in short: states, and the functions that goroutines wait or run in. */
import { labelsOf } from '../profile/labels.ts';
import { type Profile, sampleIndexOf } from '../profile/profile.ts';
import { type Column, printable, tableText } from './text.ts';

const SHOWN = 10;
const RUNTIME_NAME =
  /^(runtime|internal\/poll|internal\/runtime\/\w+|sync|internal\/sync|syscall)\./;

const NUMBERS: readonly Column[] = [
  { name: 'GOROUTINES', isRight: true },
  { name: 'SHARE', isRight: true },
];

/** Goroutine time over recorded time is how many goroutines there were, on average. */
export function printWall(profile: Profile): string {
  const values = profile.samples.values[sampleIndexOf(profile, 'time')] ?? [];
  const duration = Math.max(1, Number(profile.durationNanos));
  const states = new Map<string, number>();
  const places = new Map<string, { nanos: number; state: string; name: string }>();
  let total = 0;
  for (let i = 0; i < profile.samples.length; i++) {
    const nanos = Number(values[i]);
    const state = stateOf(profile, profile.samples.labelSet[i]);
    const name = placeOf(profile, profile.samples.stack[i]);
    total += nanos;
    states.set(state, (states.get(state) ?? 0) + nanos);
    const key = `${state} ${name}`;
    const place = places.get(key) ?? { nanos: 0, state, name };
    place.nanos += nanos;
    places.set(key, place);
  }
  const numbers = (nanos: number) => [
    (nanos / duration).toFixed(nanos / duration < 10 ? 2 : 0),
    `${((nanos / Math.max(1, total)) * 100).toFixed(1)}%`,
  ];
  const byTime = [...places.values()].sort((a, b) => b.nanos - a.nanos).slice(0, SHOWN);
  const stateRows = [...states]
    .sort((a, b) => b[1] - a[1])
    .map(([state, nanos]) => ({ cells: numbers(nanos), block: [state] }));
  const placeRows = byTime.map(({ nanos, state, name }) => ({
    cells: [...numbers(nanos), state],
    block: [printable(name)],
  }));
  const lines = [
    ...tableText(NUMBERS, stateRows, 'STATE'),
    '',
    ...tableText([...NUMBERS, { name: 'STATE' }], placeRows, 'WHERE'),
    '',
  ];
  return `${lines.join('\n')}\n`;
}

/** `waiting: chan receive`. */
function stateOf(profile: Profile, labelSet: number): string {
  const labels = labelsOf(profile, labelSet);
  const text = (wanted: string) => {
    const label = labels.find(({ key }) => key === wanted);
    return label !== undefined && 'text' in label ? label.text : '';
  };
  const reason = text('wait reason');
  const state = text('state') || 'not told';
  return reason === '' ? state : `${state}: ${reason}`;
}

/** The first function that is not what waiting itself is made of. */
function placeOf({ stacks, locations, functions, strings }: Profile, stack: number): string {
  let leaf = '';
  for (let i = stacks.start[stack]; i < stacks.start[stack + 1]; i++) {
    const location = stacks.locations[i];
    for (
      let line = locations.lineStart[location];
      line < locations.lineStart[location + 1];
      line++
    ) {
      const name = strings[functions.name[locations.lineFunction[line]]] ?? '';
      if (leaf === '') leaf = name;
      if (!RUNTIME_NAME.test(name)) return name;
    }
  }
  return leaf;
}
