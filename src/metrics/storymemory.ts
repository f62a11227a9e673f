/** The section of the story on memory: what is in use against what is resident. */
import { MEMORY_PARTS, memoryBreakdown } from './memory.ts';
import {
  type Figure,
  figure,
  joined,
  quantity,
  SECTION_TITLES,
  type Section,
  shareOf,
  type Text,
} from './storyparts.ts';
import type { Window } from './window.ts';

/** Left out where they are not known: what is said of RSS says why. */
const ONLY_KNOWN = new Set(['memory.untouched', 'memory.outside']);
const NOT_LOCAL = 'RSS is known of processes on this machine, or where the source tells it';

export function memorySection(window: Window): Section {
  const memory = memoryBreakdown(window.newest);
  const title = SECTION_TITLES.memory;
  if (memory === undefined) {
    return { id: 'memory', title, sentence: [], figures: [], distributions: [] };
  }
  const { parts, mapped, released, rss, outside, files, untouched } = memory;
  const whole = Number.isNaN(rss) ? mapped : rss;
  const ofWhole = Number.isNaN(rss) ? 'of it' : 'of RSS';
  const figures: Figure[] = [
    figure('memory.rss', 'resident (RSS)', rss, 'bytes', {
      compared: ofLimits(window, rss),
      why: NOT_LOCAL,
    }),
    figure('memory.go', 'Go has', mapped, 'bytes', { compared: shareOf(mapped, rss, 'of RSS') }),
    ...MEMORY_PARTS.map(({ id, title: name, about }) =>
      figure(`memory.${id}`, `· ${name}`, parts.get(id), 'bytes', {
        compared: joined([shareOf(parts.get(id), whole, ofWhole), [about]]),
      }),
    ),
    figure('memory.untouched', '· never touched', untouched || NaN, 'bytes', {
      compared: ['so it takes no memory'],
    }),
    figure('memory.outside', 'outside Go', outside, 'bytes', {
      compared: joined([
        shareOf(outside, rss, 'of RSS'),
        Number.isNaN(files) ? [] : ['of it the binary and other files ', quantity(files, 'bytes')],
      ]),
      why: NOT_LOCAL,
    }),
    figure('memory.released', 'given back', released, 'bytes', {
      compared: ['to the system; takes no memory now'],
    }),
  ];
  return {
    id: 'memory',
    title,
    sentence: sentenceOf(parts.get('objects'), rss, mapped),
    figures: figures.filter(({ id, value }) => value !== undefined || !ONLY_KNOWN.has(id)),
    distributions: [],
  };
}

function sentenceOf(objects: number | undefined, rss: number, mapped: number): Text {
  if (objects === undefined) return [];
  const whole = Number.isNaN(rss) ? mapped : rss;
  if (Number.isNaN(whole)) return [];
  const name = Number.isNaN(rss) ? ' that Go has from the system.' : ' that are resident.';
  return [
    'Heap objects are ',
    quantity(objects / whole, 'share'),
    ' of the ',
    quantity(whole, 'bytes'),
    name,
  ];
}

/** RSS against the container's limit and GOMEMLIMIT, which counts Go's part alone. */
function ofLimits(window: Window, rss: number): Text {
  const limit = window.last('container_spec_memory_limit_bytes');
  if (limit === undefined) return ['no container limit'];
  return joined([
    [quantity(rss / limit, 'share'), ' of the container’s ', quantity(limit, 'bytes')],
  ]);
}
