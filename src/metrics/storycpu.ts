/** The sections of the story on CPU time and on waiting for locks. */
import { CPU_CLASSES, CPU_TOTAL, cpuShares } from './cpuclasses.ts';
import { MUTEX_WAIT, mutexWaiters } from './littleslaw.ts';
import { processCpuName } from './names.ts';
import {
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
import { procsOf } from './storyscheduler.ts';
import type { Window } from './window.ts';

const NOT_REFRESHED =
  'unknown: the runtime brings it up to date when a garbage collection ends, and none did';

export function cpuSection(window: Window): Section {
  const cores = window.rate(processCpuName);
  const procs = procsOf(window);
  const quota = window.last('container_cpu_limit_cores');
  return {
    id: 'cpu',
    title: SECTION_TITLES.cpu,
    sentence: cpuSentence(cores, procs),
    figures: [
      figure('cpu.cores', 'busy', cores, 'cores', {
        compared: joined([
          procs === undefined ? [] : [...shareOf(cores, procs, `of GOMAXPROCS ${procs}`)],
          quota === undefined
            ? []
            : [...shareOf(cores, quota, 'of the quota of '), quantity(quota, 'cores')],
        ]),
        why: whyNoRate(window, processCpuName),
      }),
      figure(
        'cpu.system',
        '· in the kernel',
        window.rate('process_cpu_system_seconds_total'),
        'cores',
        {
          compared: shareOf(window.rate('process_cpu_system_seconds_total'), cores, 'of it'),
          why: whyNoRate(window, 'process_cpu_system_seconds_total'),
        },
      ),
      ...classFigures(window),
    ],
    distributions: [],
  };
}

function cpuSentence(cores: number | undefined, procs: number | undefined): Text {
  if (cores === undefined) return [];
  const text: Text = [quantity(cores, 'cores'), ' busy'];
  if (procs === undefined) return [...text, '.'];
  const low: Text = cores / procs < 0.3 ? ['; on average there is CPU to spare'] : [];
  return [...text, ' of ', quantity(procs, 'count'), ...low, '.'];
}

function classFigures(window: Window): readonly Figure[] {
  if (!window.has(CPU_TOTAL)) return [];
  const shares = cpuShares(window.counted);
  return CPU_CLASSES.map(({ id, title }) =>
    figure(`cpu.class.${id}`, `· ${title}`, shares?.shares.get(id), 'share', {
      compared: ['of the CPU time there was'],
      why: shares === undefined ? NOT_REFRESHED : 'the source has no such class',
    }),
  );
}

export function waitingSection(window: Window): Section {
  const waiters = mutexWaiters(window);
  const all = window.gauge('/sched/goroutines:goroutines')?.mean;
  return {
    id: 'waiting',
    title: SECTION_TITLES.waiting,
    sentence:
      waiters === undefined
        ? []
        : [
            'On average ',
            quantity(waiters, 'goroutines'),
            waiters === 1 ? ' goroutine waits' : ' goroutines wait',
            ' for a mutex.',
          ],
    figures: [
      figure('waiting.mutex', 'waiting for a mutex', waiters, 'goroutines', {
        compared: joined([
          ['waiting time a second (Little’s law)'],
          shareOf(waiters, all, 'of all goroutines'),
        ]),
        why: whyNoRate(window, MUTEX_WAIT),
      }),
    ],
    distributions: [],
  };
}
