/** The sections of the story on goroutines and on the scheduler. */
import { goroutineLifetime, LATENCIES, runnableGoroutines } from './littleslaw.ts';
import { histogramCount } from './series.ts';
import {
  changeOf,
  distribution,
  type Figure,
  figure,
  joined,
  quantity,
  SECTION_TITLES,
  type Section,
  shareOf,
  type Text,
  whyNoRate,
} from './storyparts.ts';
import type { Window } from './window.ts';

const GOROUTINES = '/sched/goroutines:goroutines';
const CREATED = '/sched/goroutines-created:goroutines';
const STATES = [
  ['running', 'running Go code'],
  ['runnable', 'ready, without a processor'],
  ['waiting', 'waiting: channels, locks, timers, network'],
  ['not-in-go', 'in system calls or cgo'],
] as const;

export function goroutinesSection(window: Window): Section {
  const all = window.gauge(GOROUTINES);
  const life = goroutineLifetime(window);
  return {
    id: 'goroutines',
    title: SECTION_TITLES.goroutines,
    sentence: goroutinesSentence(window, all),
    figures: [
      figure('goroutines.all', 'goroutines', all?.last, 'count', {
        compared: changeOf(window, all, 'count'),
      }),
      ...stateFigures(window, all?.last),
      figure('goroutines.created', 'created', window.rate(CREATED), '1/s', {
        compared:
          life === undefined
            ? []
            : ['so each lives ', quantity(life.wait, 'seconds'), ' on average (Little’s law)'],
        why: window.has(CREATED) ? whyNoRate(window, CREATED) : 'known from Go 1.26 on',
      }),
      figure('goroutines.threads', 'threads', window.last('/sched/threads/total:threads'), 'count'),
    ],
    distributions: [],
  };
}

function goroutinesSentence(window: Window, all: ReturnType<Window['gauge']>): Text {
  if (all === undefined) return [];
  const waiting = window.last('/sched/goroutines/waiting:goroutines');
  const text: Text = [quantity(all.last, 'count'), all.last === 1 ? ' goroutine' : ' goroutines'];
  if (waiting === undefined) return [...text, '.'];
  return [...text, ', ', quantity(waiting, 'count'), ' of them waiting.'];
}

function stateFigures(window: Window, all: number | undefined): readonly Figure[] {
  return STATES.flatMap(([state, about]) => {
    const name = `/sched/goroutines/${state}:goroutines`;
    if (!window.has(name)) return [];
    const value = window.last(name);
    const compared = joined([shareOf(value, all, 'of them'), [about]]);
    return [figure(`goroutines.${state}`, `· ${state}`, value, 'count', { compared })];
  });
}

export function schedulerSection(window: Window): Section {
  const waits = distribution('sched-latency', 'waits for a processor', 'seconds', window, [
    LATENCIES,
  ]);
  const seen = window.observations([LATENCIES]);
  const why = window.has(LATENCIES)
    ? 'no goroutine was seen to wait for a processor'
    : 'the source has no scheduling latency';
  const runnable = runnableGoroutines(window);
  const other = distribution('other-pauses', 'stops that are not for GC', 'seconds', window, [
    '/sched/pauses/total/other:seconds',
  ]);
  return {
    id: 'scheduler',
    title: SECTION_TITLES.scheduler,
    sentence:
      waits === undefined
        ? []
        : [
            'A goroutine that is ready runs within ',
            quantity(waits.p99, 'seconds'),
            ' 99 times of 100.',
          ],
    figures: [
      figure('scheduler.p50', 'latency, p50', waits?.p50, 'seconds', { why }),
      figure('scheduler.p99', 'latency, p99', waits?.p99, 'seconds', {
        compared: waits === undefined ? [] : ['none above ', quantity(waits.most, 'seconds')],
        why,
      }),
      figure('scheduler.rate', 'times seen', perSecond(seen), '1/s', {
        compared: ['one in eight is looked at'],
        why,
      }),
      figure('scheduler.runnable', 'ready on average', runnable?.number, 'goroutines', {
        compared: runnableText(window, runnable),
        why: 'it needs latencies over a time (Little’s law)',
      }),
      figure('scheduler.procs', 'GOMAXPROCS', procsOf(window), 'count'),
    ],
    distributions: [waits, other].filter((one) => one !== undefined),
  };
}

function perSecond(seen: ReturnType<Window['observations']>): number | undefined {
  if (seen === undefined || !(seen.seconds > 0)) return undefined;
  return histogramCount(seen.histogram) / seen.seconds;
}

function runnableText(window: Window, runnable: ReturnType<typeof runnableGoroutines>): Text {
  if (runnable === undefined) return [];
  const { rate, wait, number, counted } = runnable;
  const procs = procsOf(window);
  return joined([
    [quantity(rate, '1/s'), ' × ', quantity(wait, 'seconds'), ' (Little’s law)'],
    procs === undefined ? [] : [quantity(number / procs, 'goroutines'), ' a processor'],
    Number.isNaN(counted) ? [] : ['the runtime counts ', quantity(counted, 'goroutines')],
  ]);
}

/** As the metric has it, else as the source says beside its metrics. */
export function procsOf(window: Window): number | undefined {
  const { gomaxprocs } = window.newest;
  return window.last('/sched/gomaxprocs:threads') ?? (gomaxprocs > 0 ? gomaxprocs : undefined);
}
