/** The shell's `config`, which pprof has on its page only: saved configurations listed, saved, loaded. */
import { CONFIG_NAMES, type Config, DEFAULT_CONFIG } from './config.ts';
import { PprofError, type PprofIo } from './io.ts';
import { loadConfig, readSettings, removeConfig, saveConfig, settingsFile } from './settings.ts';

const USAGE = 'expecting config, config save NAME, config load NAME or config delete NAME';

/** Runs `config` with its arguments; gives the options that hold from then on. Throws `PprofError`. */
export function configCommand(args: readonly string[], current: Config, io: PprofIo): Config {
  const file = settingsFile(io.env, process.platform);
  const [action, ...words] = args;
  if (action === undefined) {
    io.message(listOf(file, current));
    return current;
  }
  const name = words.join(' ');
  if (name === '') throw new PprofError(USAGE);
  switch (action) {
    case 'save':
      // The shell's headers are shorter than others'; that is none of its options.
      saveConfig(file, name, { ...current, compact_labels: DEFAULT_CONFIG.compact_labels });
      return current;
    case 'load':
      return { ...loadConfig(file, name, current), compact_labels: true };
    case 'delete':
      removeConfig(file, name);
      return current;
    default:
      throw new PprofError(USAGE);
  }
}

/** Names of saved configurations; none where the file cannot be read. */
export function savedNames(io: PprofIo): string[] {
  try {
    const file = settingsFile(io.env, process.platform);
    return readSettings(file, DEFAULT_CONFIG).map(({ name }) => name);
  } catch (error) {
    if (error instanceof PprofError) return [];
    throw error;
  }
}

/** One line for each: its name and what differs from the defaults. */
function listOf(file: string, current: Config): string {
  const saved = readSettings(file, current);
  if (saved.length === 0) return `No saved configurations in ${file}`;
  const lines = saved.map(({ name, config }) => {
    const changed = CONFIG_NAMES.filter(
      (key) => key !== 'compact_labels' && config[key] !== current[key],
    );
    return `  ${name.padEnd(25)} ${changed.map((key) => `${key}=${config[key]}`).join(' ')}`.trimEnd();
  });
  return [`In ${file}, with what they would change:`, ...lines].join('\n');
}
