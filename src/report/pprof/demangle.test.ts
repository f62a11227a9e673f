import { describe, expect, test } from 'vitest';
import { profileFromText } from '../../profile/fromtext.ts';
import type { Profile } from '../../profile/profile.ts';
import { type DemangleOptions, demangleNames } from './demangle.ts';

/** A profile of one function, with the name that the system has for it and the one that is shown. */
function profileOf(systemName: string, name = systemName): Profile {
  const profile = profileFromText('placeholder 1');
  const { functions, strings } = profile;
  return {
    ...profile,
    strings: [...strings, systemName, name],
    functions: {
      ...functions,
      systemName: Int32Array.of(strings.length),
      name: Int32Array.of(strings.length + 1),
    },
  };
}

async function shown(profile: Profile, options?: DemangleOptions): Promise<string | undefined> {
  const { functions, strings } = await demangleNames(profile, options);
  return strings[functions.name[0] ?? 0];
}

describe('names are shown', () => {
  const mangled = '_ZN1A1fIiEEvT_';

  test('without parameters and template arguments unless asked', async () => {
    expect(await shown(profileOf(mangled))).toBe('A::f');
    expect(await shown(profileOf(mangled), { mode: 'templates', force: true })).toBe('A::f<int>');
    expect(await shown(profileOf(mangled), { mode: 'full', force: true })).toBe(
      'void A::f<int>(int)',
    );
    expect(await shown(profileOf(mangled), { mode: 'none', force: true })).toBe(mangled);
  });

  test('with the underscore of macOS taken off', async () => {
    expect(await shown(profileOf(`_${mangled}`))).toBe('A::f');
    expect(await shown(profileOf('_main'))).toBe('_main');
  });

  test('as they are when somebody has read them already, unless forced', async () => {
    expect(await shown(profileOf(mangled, 'A::f(int)'))).toBe('A::f(int)');
    expect(await shown(profileOf(mangled, 'A::f(int)'), { mode: 'default', force: true })).toBe(
      'A::f',
    );
  });

  test('shortened when they look like C++ already, but not those of Go and Java', async () => {
    expect(await shown(profileOf('A::f<int>(int)'))).toBe('A::f');
    expect(await shown(profileOf('A::f<int>(int)'), { mode: 'templates', force: true })).toBe(
      'A::f<int>',
    );
    expect(await shown(profileOf('A::f<int>(int)'), { mode: 'full', force: true })).toBe(
      'A::f<int>(int)',
    );
    expect(await shown(profileOf('main.(*T[...]).M'))).toBe('main.(*T[...]).M');
    expect(await shown(profileOf('Foo.<init>'))).toBe('Foo.<init>');
  });
});
