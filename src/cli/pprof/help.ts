/** What the shell's `help` says. */
import type { Profile } from '../../profile/profile.ts';
import { COMMANDS, type PprofCommand } from './commands.ts';
import { isConfigurable } from './config.ts';
import { PprofError } from './io.ts';
import { OPTION_HELP, usageOf } from './usage.ts';

export function commandHelp(topic: string, profile: Profile): string {
  if (topic === '') {
    return `${usageOf('')}
  :   Clear focus/ignore/hide/tagfocus/tagignore

  type "help <cmd|option>" for more information
`;
  }
  const command = COMMANDS[topic];
  if (command !== undefined) {
    const usage = commandUsage(topic, command).map((line) => `    ${line}`);
    return `${[command.description, '  Usage:', ...usage].join('\n')}\n`;
  }
  const shell = SHELL_HELP[topic];
  if (shell !== undefined) return `${shell.join('\n')}\n`;
  if (!isConfigurable(topic)) throw new PprofError(`Unknown command: ${topic}`);
  const types = profile.sampleTypes.map(({ type }) => type).join(' ');
  const more = DETAILS[topic] ?? [];
  const names = topic === 'sample_index' ? [`Names of this profile: ${types}`] : [];
  return `${[OPTION_HELP[topic] ?? topic, ...more, ...names].join('\n')}\n`;
}

const FILTERS = 'Only samples that match focus, none that match ignore.';
const TO_FILE = 'With >file the report goes there.';

/** How a command is called. */
function commandUsage(name: string, { hasParameter, format }: PprofCommand): string[] {
  if (hasParameter) {
    return [
      `${name} <function|address> [focus]* [-ignore]* [>file]`,
      'Functions that match the expression, or the one at the address.',
      FILTERS,
      TO_FILE,
    ];
  }
  switch (format) {
    case 'tags':
      return [
        'tags [tag]* [-tag]* [>file]',
        'Labels whose key:value matches, without those behind a minus.',
        TO_FILE,
      ];
    case 'text':
    case 'tree':
    case 'csv':
    case 'json':
      return [
        `${name} [n] [focus]* [-ignore]* [-cum] [>file]`,
        'At most n entries, by their own value or with -cum by the cumulative one.',
        FILTERS,
        TO_FILE,
      ];
    case 'dot':
    case 'callgrind':
      return [`${name} [n] [focus]* [-ignore]* [>file]`, 'At most n nodes.', FILTERS, TO_FILE];
    default:
      return [`${name} [focus]* [-ignore]* [>file]`, FILTERS, TO_FILE];
  }
}

const TAG_FILTERS = [
  'key=expression for one key; ranges of numbers: 1kb, 1kb:10kb, bytes=32mb:',
  'Several expressions are separated by commas.',
];

const FRAME_FILTERS = ['Function, file and binary of a frame are looked at.'];

/** More about options whose one line does not tell how they are used. */
const DETAILS: Readonly<Partial<Record<string, readonly string[]>>> = {
  focus: FRAME_FILTERS,
  ignore: FRAME_FILTERS,
  hide: FRAME_FILTERS,
  show: FRAME_FILTERS,
  show_from: FRAME_FILTERS,
  tagfocus: TAG_FILTERS,
  tagignore: TAG_FILTERS,
  tagroot: ['The first key becomes the new root.'],
  tagleaf: ['The last key becomes the new leaf.'],
  nodecount: ['-1 leaves it to the command: 10 for top in the shell, 80 for graphs.'],
  sample_index: ['The number of a sample type, from 0, or its name.'],
  mean: ['Bytes per object for heap profiles, time per event for others.'],
  divide_by: ['For instance the number of processors, or of jobs.'],
  unit: ['Times: ns, us, ms, s, min, hrs; sizes: B, kB, MB, GB.'],
  source_path: ['Folders are separated as in PATH.'],
  trim_path: ['Folders are separated as in PATH.'],
  trim: ['false shows everything.'],
};

const CONFIG_HELP = [
  'List, save, load and delete configurations',
  '  Usage:',
  '    config',
  '    config save NAME',
  '    config load NAME',
  '    config delete NAME',
  "    Options under a name, in pprof's settings.json; the page and -config know them too.",
];

const SHELL_HELP: Readonly<Record<string, readonly string[]>> = {
  config: CONFIG_HELP,
  o: ['List options and their current values'],
  options: ['List options and their current values'],
  q: ['Exit'],
  quit: ['Exit'],
  exit: ['Exit'],
  help: ['What there is; help <cmd|option> tells more about one'],
  ':': ['Clear focus/ignore/hide/tagfocus/tagignore'],
};
