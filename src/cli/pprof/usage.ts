/** What `whygo pprof` says about itself. */
import { COMMANDS } from './commands.ts';
import { CHOICES, CONFIG_NAMES, isChoiceOption } from './config.ts';

export function usageText(): string {
  const row = (name: string, text: string) => `    ${`-${name}`.padEnd(16)} ${text}`.trimEnd();
  const commands = Object.entries(COMMANDS).map(([name, { description }]) =>
    row(name, description),
  );
  const options = CONFIG_NAMES.filter((name) => !isChoiceOption(name)).map((name) => row(name, ''));
  const groups = Object.entries(CHOICES).map(([name, choices]) => {
    const words = choices.map((choice) => `-${choice}`).join(' ');
    return `    ${name.padEnd(16)} ${words}`;
  });
  return [
    'usage:',
    '',
    '   whygo pprof <format> [options] [binary] <source> ...',
    '',
    '  Output formats (select at most one):',
    ...commands.sort(),
    '',
    '  Options:',
    ...options.sort(),
    '',
    '  Option groups (only set one per group):',
    ...groups,
  ].join('\n');
}
