/**
 * Names as pprof shows them: mangled ones are read, and those that look like C++ that somebody has read
 * already lose arguments and template arguments.
 *
 * Demangle of Go 1.26's pprof (internal/symbolizer/symbolizer.go). The demangler is loaded when there is
 * a name for it.
 */
import type { DemangleMode } from '../../binary/demangle/demangle.ts';
import type { Profile } from '../../profile/profile.ts';

export interface DemangleOptions {
  /** `-symbolize=demangle=…`; 'default' and 'none' as there. */
  readonly mode: 'default' | 'none' | 'templates' | 'full';
  /** Names that differ from the system's are made again. */
  readonly force: boolean;
}

const DEFAULT: DemangleOptions = { mode: 'default', force: false };

/** Gives a mangled name in readable form; undefined when it is none. */
type Demangle = (name: string) => string | undefined;

/** The profile with shown names; functions whose name differs from the system's stay. */
export async function demangleNames(
  profile: Profile,
  options: DemangleOptions = DEFAULT,
): Promise<Profile> {
  if (options.mode === 'none') return shownNames(profile, options, undefined);
  const mode: DemangleMode = options.mode === 'default' ? 'simple' : options.mode;
  const mangled = /^_{1,4}[ZR]|^__?GLOBAL_/;
  if (!profile.strings.some((name) => name.startsWith('_') && mangled.test(name))) {
    return shownNames(profile, options, () => undefined);
  }
  const { demangle } = await import('../../binary/demangle/demangle.ts');
  return shownNames(profile, options, (name) => demangle(name, mode));
}

function shownNames(
  profile: Profile,
  { mode, force }: DemangleOptions,
  demangle: Demangle | undefined,
): Profile {
  const { functions, strings } = profile;
  let changed: { strings: string[]; name: Int32Array } | undefined;
  for (let fn = 0; fn < functions.length; fn++) {
    const name = strings[functions.name[fn] ?? 0] ?? '';
    const systemName = strings[functions.systemName[fn] ?? 0] ?? '';
    const isForced = force && name !== '' && systemName !== '';
    if (name !== '' && name !== systemName && !isForced) continue;
    let shown = isForced ? systemName : name;
    if (demangle !== undefined) shown = shownName(systemName, mode, demangle);
    if (shown === name) continue;
    changed ??= { strings: [...strings], name: functions.name.slice() };
    changed.name[fn] = changed.strings.push(shown) - 1;
  }
  if (changed === undefined) return profile;
  const { strings: added, name } = changed;
  return { ...profile, strings: added, functions: { ...functions, name } };
}

function shownName(name: string, mode: DemangleOptions['mode'], demangle: Demangle): string {
  const readable = demangle(name);
  if (readable !== undefined && readable !== name) return readable;
  // macOS puts an underscore before every symbol.
  if (name.startsWith('_')) {
    const bare = demangle(name.slice(1));
    if (bare !== undefined && bare !== name.slice(1)) return bare;
  }
  if (mode === 'full' || !looksLikeCpp(name)) return name;
  const withoutParameters = withoutNested(name, '(', ')');
  return mode === 'templates' ? withoutParameters : withoutNested(withoutParameters, '<', '>');
}

function looksLikeCpp(name: string): boolean {
  // Java's constructors and Go's methods of generic types look alike.
  if (name.includes('.<') || name.includes(']).')) return false;
  return /[<>[\]]/.test(name) || name.includes('::');
}

/** Removes everything between the outermost brackets; unbalanced ones leave the rest alone. */
function withoutNested(text: string, open: string, close: string): string {
  let result = text;
  let nesting = 0;
  let first = 0;
  for (let at = 0; at < result.length; at++) {
    const char = result[at];
    if (char === open) {
      if (++nesting === 1) first = at;
    } else if (char === close) {
      if (--nesting < 0) return result;
      if (nesting === 0) {
        result = result.slice(0, first) + result.slice(at + 1);
        at = first - 1;
      }
    }
  }
  return result;
}
