/** The section of the story on what Linux knows of the process: run delay, throttling, faults, files. */
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
import type { Window } from './window.ts';

const DELAY = 'process_run_delay_seconds_total';
const RAN = 'process_run_seconds_total';
const PERIODS = 'container_cpu_cfs_periods_total';
const THROTTLED = 'container_cpu_cfs_throttled_seconds_total';

export function processSection(window: Window): Section {
  const figures = [
    ...delayFigures(window),
    ...throttlingFigures(window),
    ...faultFigures(window),
    ...switchFigures(window),
    ...fileFigures(window),
    ...pressureFigures(window),
  ];
  return {
    id: 'process',
    title: SECTION_TITLES.process,
    sentence: sentenceOf(window),
    figures,
    distributions: [],
  };
}

function sentenceOf(window: Window): Text {
  const delay = window.growth(DELAY)?.value;
  const ran = window.growth(RAN)?.value;
  if (delay === undefined || ran === undefined || !(ran + delay > 0)) return [];
  return [
    'Of the time its threads wanted a CPU they waited ',
    quantity(delay / (ran + delay), 'share'),
    '.',
  ];
}

function delayFigures(window: Window): readonly Figure[] {
  const ran = window.growth(RAN)?.value;
  const delay = window.growth(DELAY)?.value;
  return [
    figure('process.run-delay', 'run delay', window.rate(DELAY), 'threads', {
      compared: joined([
        ['ready without a CPU, on average'],
        shareOf(
          delay,
          ran === undefined || delay === undefined ? undefined : ran + delay,
          'of the time they wanted one',
        ),
      ]),
      why: whyNoRate(window, DELAY),
    }),
  ];
}

function throttlingFigures(window: Window): readonly Figure[] {
  if (!window.has(PERIODS) && !window.has(THROTTLED)) return [];
  const periods = window.growth(PERIODS)?.value;
  const throttled = window.growth('container_cpu_cfs_throttled_periods_total')?.value;
  const quota = window.last('container_cpu_limit_cores');
  return [
    figure('process.throttled', 'throttled', window.rate(THROTTLED), 'threads', {
      compared: joined([
        shareOf(throttled, periods, 'of the periods'),
        quota === undefined ? ['no CPU quota'] : ['quota ', quantity(quota, 'cores')],
      ]),
      why: whyNoRate(window, THROTTLED),
    }),
  ];
}

function faultFigures(window: Window): readonly Figure[] {
  const major = 'process_major_faults_total';
  const minor = 'process_minor_faults_total';
  return [
    figure('process.major-faults', 'major faults', window.rate(major), '1/s', {
      compared: ['pages read from disk'],
      why: whyNoRate(window, major),
    }),
    figure('process.minor-faults', 'minor faults', window.rate(minor), '1/s', {
      compared: ['pages touched for the first time'],
      why: whyNoRate(window, minor),
    }),
  ];
}

function switchFigures(window: Window): readonly Figure[] {
  const forced = window.rate('process_involuntary_context_switches_total');
  const own = window.rate('process_voluntary_context_switches_total');
  if (forced === undefined || own === undefined) return [];
  return [
    figure('process.switches', 'pushed off a CPU', forced, '1/s', {
      compared: [quantity(own, '1/s'), ' left it themselves (main thread)'],
    }),
  ];
}

function fileFigures(window: Window): readonly Figure[] {
  const open = window.last('process_open_fds');
  const most = window.last('process_max_fds');
  return [
    figure('process.fds', 'open files', open, 'count', {
      compared: most === undefined ? [] : [...shareOf(open, most, 'of '), quantity(most, 'count')],
    }),
    figure('process.threads', 'threads', window.last('process_threads'), 'count'),
  ].filter(({ value, id }) => value !== undefined || id === 'process.fds');
}

function pressureFigures(window: Window): readonly Figure[] {
  const cpu = window.rate('container_cpu_pressure_seconds_total');
  const memory = window.rate('container_memory_pressure_seconds_total');
  const kills = window.growth('container_oom_kills_total')?.value;
  const figures: Figure[] = [];
  if (cpu !== undefined) {
    const compared = ['of the time a task of the cgroup waited for a CPU'];
    figures.push(figure('process.cpu-pressure', 'CPU pressure', cpu, 'share', { compared }));
  }
  if (memory !== undefined) {
    const compared = ['of the time a task of the cgroup waited for memory'];
    figures.push(
      figure('process.memory-pressure', 'memory pressure', memory, 'share', { compared }),
    );
  }
  if (kills !== undefined && kills > 0) {
    figures.push(figure('process.oom-kills', 'killed for memory', kills, 'count'));
  }
  return figures;
}
