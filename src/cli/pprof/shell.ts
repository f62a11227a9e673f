/**
 * The interactive shell: commands, assignments, shortcuts.
 *
 * internal/driver/interactive.go of Go 1.26's pprof. Reading lines is passed in, so that a script and a
 * terminal run the same shell.
 */
import type { Profile } from '../../profile/profile.ts';
import { profileLabels } from '../../report/pprof/report.ts';
import { sampleIndexByName } from '../../report/pprof/sampleindex.ts';
import { COMMANDS } from './commands.ts';
import {
  assign,
  CHOICES,
  CONFIG_NAMES,
  type Config,
  isChoiceOption,
  isConfigurable,
  isSwitch,
} from './config.ts';
import { configCommand } from './configcommand.ts';
import { type Command, generateReport, makeReport } from './driver.ts';
import { commandHelp } from './help.ts';
import { PprofError, type PprofIo } from './io.ts';

/** The next line; undefined at the end. */
export type ReadLine = (prompt: string) => Promise<string | undefined>;

const COMMENT = '//:';

export async function runShell(
  profile: Profile,
  given: Config,
  readLine: ReadLine,
  io: PprofIo,
): Promise<void> {
  const shell = new Shell(profile, { ...given, compact_labels: true }, io);
  shell.greet();
  for (;;) {
    const line = await readLine('(pprof) ');
    if (line === undefined) return;
    for (const input of shell.expand(line)) {
      if (!(await shell.run(input))) return;
    }
  }
}

class Shell {
  private readonly profile: Profile;
  private readonly io: PprofIo;
  private readonly shortcuts = new Map<string, readonly string[]>();
  private config: Config;

  constructor(profile: Profile, config: Config, io: PprofIo) {
    this.profile = profile;
    this.config = config;
    this.io = io;
    this.shortcuts.set(':', ['focus=', 'ignore=', 'hide=', 'tagfocus=', 'tagignore=']);
    for (const { type } of profile.sampleTypes) {
      this.shortcuts.set(type, [`sample_index=${type}`]);
      this.shortcuts.set(`total_${type}`, ['mean=0', `sample_index=${type}`]);
      this.shortcuts.set(`mean_${type}`, ['mean=1', `sample_index=${type}`]);
    }
  }

  greet(): void {
    try {
      const silent = { ...this.io, message: () => undefined };
      const report = makeReport(this.profile, ['top'], this.config, silent);
      this.io.message(profileLabels(report).join('\n'));
      if (report.total === 0 && this.profile.sampleTypes.length > 1) {
        this.io.message('No samples were found with the default sample value type.');
        this.io.message('Try "sample_index" command to analyze different sample values.\n');
      }
    } catch (error) {
      if (!(error instanceof PprofError)) throw error;
    }
    this.io.message('Entering interactive mode (type "help" for commands, "o" for options)');
  }

  expand(line: string): readonly string[] {
    const input = line.trim();
    return this.shortcuts.get(input) ?? [input];
  }

  /** False when the shell is left. */
  async run(input: string): Promise<boolean> {
    try {
      if (this.assigned(input)) return true;
      const tokens = input.split(/\s+/).filter((token) => token !== '');
      const [first, ...rest] = tokens;
      if (first === undefined) return true;
      if (['exit', 'quit', 'q'].includes(first)) return false;
      if (first === 'o' || first === 'options') this.io.message(this.currentOptions());
      else if (first === 'help') this.io.message(commandHelp(rest.join(' '), this.profile));
      else if (first === 'config') this.config = configCommand(rest, this.config, this.io);
      else {
        const { command, config } = parseShellCommand(tokens, this.config);
        await generateReport(this.profile, command, config, this.io, true);
      }
    } catch (error) {
      if (!(error instanceof PprofError)) throw error;
      this.io.message(error.message);
    }
    return true;
  }

  /** Handles `option=value`, and the names of switches alone. */
  private assigned(input: string): boolean {
    const equals = input.indexOf('=');
    const name = (equals < 0 ? input : input.slice(0, equals)).trim();
    if (!isConfigurable(name)) return false;
    if (equals < 0 && !isSwitch(name)) {
      throw new PprofError(`please specify a value, e.g. ${name}=<val>`);
    }
    let value = equals < 0 ? '' : input.slice(equals + 1);
    const comment = value.lastIndexOf(COMMENT);
    if (comment >= 0) value = value.slice(0, comment);
    value = value.trim();
    if (name === 'sample_index') {
      const index = sampleIndexByName(this.profile, value);
      if (typeof index === 'string') throw new PprofError(index);
      value = this.profile.sampleTypes[index]?.type ?? '';
    }
    this.config = assign(this.config, name, value);
    return true;
  }

  /** All options with their values. */
  private currentOptions(): string {
    const types = this.profile.sampleTypes.map(({ type }) => type);
    const rows = CONFIG_NAMES.filter((name) => name !== 'source_path').map((name) => {
      let value = String(this.config[name]);
      let comment = '';
      if (isChoiceOption(name)) comment = `[${[...CHOICES[name]].sort().join(' | ')}]`;
      else if (name === 'sample_index') {
        if (value === '') value = types.at(-1) ?? '';
        comment = `[${types.join(' | ')}]`;
      } else if (name === 'nodecount' && value === '-1') comment = 'default';
      else if (value === '') value = '""';
      if (name === 'granularity' && value === '') value = '(default)';
      const suffix = comment === '' ? '' : `${COMMENT} ${comment}`;
      return `  ${name.padEnd(25)} = ${value.padEnd(20)} ${suffix}`;
    });
    return rows.sort().join('\n');
  }
}

/** A command with its own options: `top 10 focus -ignore -cum >file`. */
export function parseShellCommand(
  tokens: readonly string[],
  current: Config,
): { command: Command; config: Config } {
  let [name = '', ...args] = tokens;
  if (COMMANDS[name] === undefined) {
    // top10 is top 10.
    const digits = /[0-9]+$/.exec(name)?.[0] ?? '';
    if (digits !== '' && digits !== name) {
      name = name.slice(0, -digits.length);
      args = [digits, ...args];
    }
  }
  const found = COMMANDS[name];
  if (found === undefined) {
    if (isConfigurable(name)) throw new PprofError(`did you mean: ${name}=${args[0] ?? '<val>'}`);
    throw new PprofError(`unrecognized command: ${JSON.stringify(name)}`);
  }
  let command: Command = [name];
  if (found.hasParameter) {
    const parameter = args[0];
    if (parameter === undefined) throw new PprofError(`command ${name} requires an argument`);
    command = [name, parameter];
    args = args.slice(1);
  }
  return { command, config: withArguments(name, args, current) };
}

function withArguments(name: string, args: readonly string[], current: Config): Config {
  const config = { ...current };
  const focus: string[] = [];
  const ignore: string[] = [];
  for (let i = 0; i < args.length; i++) {
    const arg = args[i] ?? '';
    if (/^[+-]?[0-9]+$/.test(arg) && Math.abs(Number(arg)) < 2 ** 31) {
      config.nodecount = Number(arg);
    } else if (arg.startsWith('>')) {
      const output = arg.length > 1 ? arg.slice(1) : args[++i];
      if (output === undefined) throw new PprofError('unexpected end of line after >');
      config.output = output;
    } else if (arg === '-cum' || arg === '--cum') {
      config.sort = 'cum';
    } else if (arg.startsWith('-')) {
      ignore.push(arg.slice(1));
    } else {
      focus.push(arg);
    }
  }
  const join = (list: readonly string[]) => list.filter((part) => part !== '').join('|');
  const [focusOption, ignoreOption] =
    name === 'tags' ? (['tagfocus', 'tagignore'] as const) : (['focus', 'ignore'] as const);
  if (join(focus) !== '') config[focusOption] = join(focus);
  if (join(ignore) !== '') config[ignoreOption] = join(ignore);
  if (config.nodecount === -1 && (name === 'text' || name === 'top')) config.nodecount = 10;
  return config;
}
