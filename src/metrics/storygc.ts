/** The sections of the story on garbage collection and the heap. */
import { cpuShares } from './cpuclasses.ts';
import { gcPauseNames } from './names.ts';
import { CYCLES, type GoalSetBy, type Pacing, pacingOf } from './pacing.ts';
import { histogramSum } from './series.ts';
import {
  changeOf,
  type Distribution,
  distribution,
  type Figure,
  figure,
  firstRate,
  joined,
  quantity,
  SECTION_TITLES,
  type Section,
  shareOf,
  type Text,
  whyNoRate,
} from './storyparts.ts';
import type { Window } from './window.ts';

const ALLOCATED = '/gc/heap/allocs:bytes';
const ALLOCATED_OBJECTS = ['/gc/heap/allocs:objects', 'MemStats.Mallocs:objects'];
const NOT_REFRESHED =
  'no garbage collection ended in this time, and the runtime counts it only then';

export function gcSection(window: Window): Section {
  const pacing = pacingOf(window);
  const pauses = distribution('gc-pauses', 'pauses', 'seconds', window, gcPauseNames);
  const cycles = window.growth(CYCLES);
  return {
    id: 'gc',
    title: SECTION_TITLES.gc,
    sentence: gcSentence(window, pauses),
    figures: [
      ...cycleFigures(window, cycles?.value, cycles?.seconds),
      ...pauseFigures(window, pauses),
      costFigure(window),
      assistFigure(window),
      ...pacingFigures(pacing),
    ],
    distributions: pauses === undefined ? [] : [pauses],
  };
}

function gcSentence(window: Window, pauses: Distribution | undefined): Text {
  const cycles = window.growth(CYCLES);
  if (cycles === undefined) return [];
  if (cycles.value === 0) return ['No garbage collection ended in this time.'];
  const text: (string | ReturnType<typeof quantity>)[] = [
    quantity(cycles.value, 'count'),
    cycles.value === 1 ? ' collection' : ' collections',
  ];
  const shares = cpuShares(window.counted);
  if (shares !== undefined) {
    text.push(' that took ', quantity(shares.gc, 'share'), ' of the CPU time there was');
  }
  if (pauses !== undefined) {
    text.push(
      '; the world stood still for ',
      quantity(pauses.p99, 'seconds'),
      ' or less in 99 of 100 stops',
    );
  }
  return [...text, '.'];
}

function cycleFigures(
  window: Window,
  cycles: number | undefined,
  seconds: number | undefined,
): readonly Figure[] {
  const forced = window.growth('/gc/cycles/forced:gc-cycles')?.value;
  const compared: Text[] = [];
  if (cycles !== undefined && cycles > 0 && seconds !== undefined && seconds > 0) {
    compared.push(['one every ', quantity(seconds / cycles, 'seconds')]);
  }
  if (forced !== undefined && forced > 0) compared.push([quantity(forced, 'count'), ' forced']);
  return [figure('gc.cycles', 'cycles', cycles, 'count', { compared: joined(compared) })];
}

function pauseFigures(window: Window, pauses: Distribution | undefined): readonly Figure[] {
  const seen = window.observations(gcPauseNames);
  const why = seen === undefined ? 'the source has no histogram of pauses' : 'there was no pause';
  const total = window.growth('MemStats.PauseTotalNs:nanoseconds');
  const stopped = seen === undefined ? (total?.value ?? NaN) / 1e9 : histogramSum(seen.histogram);
  const seconds = seen === undefined ? total?.seconds : seen.seconds;
  const share: Text = shareOf(stopped, seconds, 'of the time');
  const spread: Text =
    pauses === undefined
      ? []
      : [
          'p50 ',
          quantity(pauses.p50, 'seconds'),
          ', none above ',
          quantity(pauses.most, 'seconds'),
        ];
  return [
    figure('gc.pause-p99', 'pause, p99', pauses?.p99, 'seconds', { compared: spread, why }),
    figure('gc.stopped', 'world stopped', stopped, 'seconds', { compared: share, why }),
  ];
}

function costFigure(window: Window): Figure {
  const shares = cpuShares(window.counted);
  const idle = shares?.shares.get('idle') ?? 0;
  const gcIdle = shares?.shares.get('gc-idle') ?? 0;
  const busy = 1 - idle - gcIdle;
  const compared: Text =
    shares === undefined || !(busy > 0)
      ? []
      : [quantity(shares.gc / busy, 'share'), ' of the CPU time that was used'];
  const why = window.has('/cpu/classes/total:cpu-seconds') ? NOT_REFRESHED : undefined;
  return figure('gc.cpu', 'CPU for GC', shares?.gc, 'share', {
    compared,
    ...(why === undefined ? {} : { why }),
  });
}

function assistFigure(window: Window): Figure {
  const shares = cpuShares(window.counted);
  const why = window.has('/cpu/classes/total:cpu-seconds') ? NOT_REFRESHED : undefined;
  return figure('gc.assist', 'of it, assists', shares?.shares.get('assist'), 'share', {
    compared: ['taken from goroutines that allocate'],
    ...(why === undefined ? {} : { why }),
  });
}

const SET_BY: Readonly<Record<GoalSetBy, string>> = {
  GOGC: 'set by GOGC',
  'least heap': 'the least that GOGC allows (4 MB at 100)',
  GOMEMLIMIT: 'held down by GOMEMLIMIT',
  off: 'GOGC is off and there is no memory limit',
  unknown: '',
};

function pacingFigures(pacing: Pacing): readonly Figure[] {
  const { live, goal, inUse, gogc, memoryLimit, setBy, secondsToGoal, limited } = pacing;
  const figures = [
    figure('gc.live', 'live after GC', live, 'bytes', {
      compared: shareOf(live, goal, 'of the goal'),
    }),
    figure('gc.goal', 'next GC at', goal, 'bytes', {
      compared: joined([
        SET_BY[setBy] === '' ? [] : [SET_BY[setBy]],
        Number.isNaN(secondsToGoal)
          ? []
          : ['in about ', quantity(secondsToGoal, 'seconds'), ' at this rate'],
      ]),
    }),
  ];
  if (gogc === Infinity) {
    figures.push({ ...figure('gc.gogc', 'GOGC', undefined, 'percent'), why: 'off' });
  } else figures.push(figure('gc.gogc', 'GOGC', gogc, 'percent'));
  figures.push(
    figure('gc.memory-limit', 'GOMEMLIMIT', memoryLimit, 'bytes', {
      compared: shareOf(inUse, memoryLimit, 'of it in heap objects'),
      ...(memoryLimit === Infinity ? { why: 'not set' } : {}),
    }),
  );
  if (limited) {
    const compared = ['the limiter held GC at half of the CPU: the limit is too low for this heap'];
    figures.push(figure('gc.limited', 'CPU limiter', 1, 'count', { compared }));
  }
  return figures;
}

export function heapSection(window: Window): Section {
  const inUse = window.gauge('/memory/classes/heap/objects:bytes');
  const unused = window.last('/memory/classes/heap/unused:bytes');
  const objects = window.gauge('/gc/heap/objects:objects');
  const bytes = window.rate(ALLOCATED);
  const made = firstRate(window, ALLOCATED_OBJECTS);
  const sizes = distribution('alloc-sizes', 'allocations by size', 'bytes', window, [
    '/gc/heap/allocs-by-size:bytes',
  ]);
  const spans = inUse === undefined || unused === undefined ? undefined : inUse.last + unused;
  const perObject =
    bytes !== undefined && made !== undefined && made > 0 ? bytes / made : undefined;
  return {
    id: 'heap',
    title: SECTION_TITLES.heap,
    sentence:
      inUse === undefined
        ? []
        : [
            quantity(inUse.last, 'bytes'),
            ' of objects in use',
            ...(bytes === undefined ? [] : [', ', quantity(bytes, 'bytes/s'), ' allocated']),
            '.',
          ],
    figures: [
      figure('heap.objects', 'in use', inUse?.last, 'bytes', { compared: changeOf(window, inUse) }),
      figure('heap.unused', 'unused in spans', unused, 'bytes', {
        compared: shareOf(unused, spans, 'of the spans in use (fragmentation)'),
      }),
      figure('heap.count', 'objects', objects?.last, 'count', {
        compared: meanSize(inUse?.last, objects?.last),
      }),
      figure('heap.rate', 'allocation rate', bytes, 'bytes/s', {
        compared: turnover(bytes, inUse?.mean),
        why: whyNoRate(window, ALLOCATED),
      }),
      figure('heap.objects-rate', 'allocations', made, '1/s', {
        compared: perObject === undefined ? [] : [quantity(perObject, 'bytes'), ' each on average'],
      }),
    ],
    distributions: sizes === undefined ? [] : [sizes],
  };
}

function meanSize(bytes: number | undefined, objects: number | undefined): Text {
  if (bytes === undefined || objects === undefined || objects === 0) return [];
  return [quantity(bytes / objects, 'bytes'), ' each on average'];
}

/** How often the whole heap is allocated anew. */
function turnover(rate: number | undefined, inUse: number | undefined): Text {
  if (rate === undefined || inUse === undefined || !(rate > 0)) return [];
  return ['as much as the whole heap every ', quantity(inUse / rate, 'seconds')];
}
