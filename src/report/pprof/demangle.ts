/**
 * Names as pprof shows them: those that look like demangled C++ lose arguments and template arguments.
 *
 * demangleSingleFunction of Go 1.26's pprof (internal/symbolizer/symbolizer.go), without the demangler:
 * mangled names stay as they are.
 */
import type { Profile } from '../../profile/profile.ts';

/** The profile with shown names; functions whose name differs from the system's stay. */
export function simplifyNames(profile: Profile): Profile {
  const { functions, strings } = profile;
  let changed: { strings: string[]; name: Int32Array } | undefined;
  for (let fn = 0; fn < functions.length; fn++) {
    const index = functions.name[fn] ?? 0;
    const systemIndex = functions.systemName[fn] ?? 0;
    const name = strings[index] ?? '';
    const systemName = strings[systemIndex] ?? '';
    if (name !== '' && name !== systemName) continue;
    const simple = simplifyName(systemName);
    if (simple === name) continue;
    changed ??= { strings: [...strings], name: functions.name.slice() };
    changed.name[fn] = changed.strings.push(simple) - 1;
  }
  if (changed === undefined) return profile;
  const { strings: added, name } = changed;
  return { ...profile, strings: added, functions: { ...functions, name } };
}

export function simplifyName(name: string): string {
  if (!looksLikeCpp(name)) return name;
  return withoutNested(withoutNested(name, '(', ')'), '<', '>');
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
