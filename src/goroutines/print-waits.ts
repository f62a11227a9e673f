/** The wait graph as text: deadlock cycles, then each lock with its waiters and probable holders. */
import { type DeadlockCycle, type Holder, type WaitedFor, waitGraphOf } from './holders.ts';
import type { GoroutineTable, Rows } from './table.ts';
import { counted, frameText } from './text.ts';
import type { Waiter } from './waits.ts';

const SHOWN_RESOURCES = 10;
const SHOWN_CYCLES = 3;
const SHOWN_PLACES = 3;

/** Empty when nothing waits for a lock, or arguments were not kept. */
export function printedWaits(table: GoroutineTable, rows: Rows, all: boolean): string[] {
  const { resources, cycles, hasAllCycles } = waitGraphOf(table, rows);
  const isLock = ({ kind }: WaitedFor) => kind === 'mutex' || kind === 'rwmutex';
  const wanted = all ? resources : resources.filter(isLock);
  if (wanted.length === 0) return [];
  const lines = cycles.slice(0, SHOWN_CYCLES).flatMap(cycleLines);
  if (cycles.length > SHOWN_CYCLES)
    lines.push('', `and ${cycles.length - SHOWN_CYCLES} more circles`);
  if (!hasAllCycles) lines.push('', 'the search for circles was given up: there may be more');
  lines.push('', 'waited for (addresses are the dump’s; holders are inferred):');
  lines.push(...wanted.slice(0, SHOWN_RESOURCES).flatMap(resourceLines));
  const more = wanted.length - SHOWN_RESOURCES;
  if (more > 0) lines.push(`  and ${more} more`);
  return lines;
}

function cycleLines({ steps, isLikely, isOrderInversion }: DeadlockCycle): string[] {
  const title = isOrderInversion
    ? 'two locks taken in both orders'
    : 'a circle of waiting goroutines';
  return [
    '',
    `${isLikely ? 'deadlock' : 'possible deadlock'}: ${title}`,
    ...steps.flatMap(({ waiter, resource, holder }) => [
      `  goroutine ${waiter.id} waits for the ${nameOf(resource)} at ${frameText(waiter.at)}`,
      `    goroutine ${holder.id} ${holds(holder)}`,
    ]),
  ];
}

function holds({ evidence, takenAt, at }: Holder): string {
  if (evidence === 'reaches' || takenAt === undefined)
    return `may hold it: ${frameText(at)} has it`;
  return `probably holds it, taken at ${frameText(takenAt)}`;
}

function resourceLines(resource: WaitedFor): string[] {
  const { waiters, holders, holderCount } = resource;
  const lines = [`  ${nameOf(resource)}: ${counted(waiters.length, 'goroutine')} waiting`];
  for (const { place, count, longest } of placesOf(waiters).slice(0, SHOWN_PLACES)) {
    const wait = longest > 0 ? `, up to ${longest} min` : '';
    lines.push(`    ${count} at ${place}${wait}`);
  }
  for (const holder of holders) {
    const state = holder.state === '' ? '' : ` [${holder.state}]`;
    lines.push(`    goroutine ${holder.id}${state} ${holds(holder)}`);
  }
  if (holderCount > holders.length) lines.push(`    and ${holderCount - holders.length} more may`);
  return lines;
}

function nameOf({ kind, address }: WaitedFor): string {
  return `${kind} 0x${address.toString(16)}`;
}

function placesOf(waiters: readonly Waiter[]): { place: string; count: number; longest: number }[] {
  const places = new Map<string, { place: string; count: number; longest: number }>();
  for (const { at, waitMinutes } of waiters) {
    const place = frameText(at);
    const known = places.get(place) ?? { place, count: 0, longest: 0 };
    known.count++;
    known.longest = Math.max(known.longest, waitMinutes);
    places.set(place, known);
  }
  return [...places.values()].sort((a, b) => b.count - a.count);
}
