/** What the shell's `help` says. */
import type { Profile } from '../../profile/profile.ts';
import { COMMANDS } from './commands.ts';
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
  if (command !== undefined) return `${command.description}\n`;
  if (!isConfigurable(topic)) throw new PprofError(`Unknown command: ${topic}`);
  const types = profile.sampleTypes.map(({ type }) => type).join(' ');
  const more =
    topic === 'sample_index' ? `\nOr use sample_index=name, with name in [${types}].` : '';
  return `${OPTION_HELP[topic] ?? topic}${more}\n`;
}
