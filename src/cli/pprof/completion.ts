/**
 * What the shell completes: commands and options at the start of a line, then names of functions
 * (newCompleter of Go 1.26's internal/driver/interactive.go). Where pprof does nothing because more than
 * one would do, these are listed; values of options are completed too.
 */
import type { Profile } from '../../profile/profile.ts';
import { COMMANDS } from './commands.ts';
import { CHOICES, CONFIG_NAMES, isChoiceOption, isSwitch } from './config.ts';

/** Lines that could be meant, and the part of the line that they replace. */
export type Completion = [candidates: string[], typed: string];

const SHELL_WORDS = ['config', 'exit', 'help', 'options', 'quit'];

const WORDS = [
  ...new Set([
    ...Object.keys(COMMANDS),
    ...CONFIG_NAMES,
    ...Object.values(CHOICES).flat(),
    ...SHELL_WORDS,
  ]),
].sort();

const CONFIG_ACTIONS = ['delete', 'load', 'save'];

/** `configs` gives the names of saved configurations. */
export function completer(
  profile: Profile,
  configs: () => readonly string[],
): (line: string) => Completion {
  return (line) => {
    const [first = '', ...rest] = line.trimStart().split(/\s+/);
    const equals = first.indexOf('=');
    if (rest.length === 0 && equals > 0) return values(profile, line, first, equals);
    if (rest.length === 0) return matching(WORDS, first.toLowerCase(), line);
    const last = rest.at(-1) ?? '';
    if (first === 'help') return rest.length === 1 ? matching(WORDS, last, last) : [[], line];
    if (first === 'config') {
      if (rest.length === 1) return matching(CONFIG_ACTIONS, last, last);
      return rest.length === 2 ? matching(configs(), last, last) : [[], line];
    }
    const command = COMMANDS[first.replace(/[0-9]+$/, '')];
    if (command === undefined || first === 'tags' || last === '') return [[], line];
    const sign = last.startsWith('-') ? '-' : '';
    const name = onlyFunction(profile, last.slice(sign.length));
    return [name === undefined ? [] : [sign + name], last];
  };
}

function matching(words: readonly string[], prefix: string, typed: string): Completion {
  return [words.filter((word) => word.startsWith(prefix)), typed];
}

/** The values that an option can take, in an assignment. */
function values(profile: Profile, line: string, first: string, equals: number): Completion {
  const name = first.slice(0, equals);
  const value = first.slice(equals + 1);
  if (isChoiceOption(name)) return matching(CHOICES[name], value, value);
  if (name === 'sample_index') {
    const types = profile.sampleTypes.map(({ type }) => type);
    return matching(types, value, value);
  }
  if (name === 'unit') return matching(['auto', 'minimum'], value, value);
  return isSwitch(name) ? matching(['false', 'true'], value, value) : [[], line];
}

/** The one function whose name contains the text; undefined when there is none or more. */
function onlyFunction({ functions, strings }: Profile, part: string): string | undefined {
  let only: string | undefined;
  for (const index of functions.name) {
    const name = strings[index] ?? '';
    if (!name.includes(part) || name === only) continue;
    if (only !== undefined) return undefined;
    only = name;
  }
  return only;
}
