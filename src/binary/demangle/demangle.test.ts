import { describe, expect, test } from 'vitest';
import { demangle } from './demangle.ts';

describe('C++ names', () => {
  const name = '_ZNSt6vectorIiSaIiEE9push_backERKi';

  test('are shown in three lengths', () => {
    expect(demangle(name, 'simple')).toBe('std::vector::push_back');
    expect(demangle(name, 'templates')).toBe('std::vector<int, std::allocator<int> >::push_back');
    expect(demangle(name, 'full')).toBe(
      'std::vector<int, std::allocator<int> >::push_back(int const&)',
    );
  });

  test('name operators, lambdas, anonymous namespaces and what compilers make', () => {
    const full = (text: string) => demangle(text, 'full');
    expect(full('_ZN1AaSEOS_')).toBe('A::operator=(A&&)');
    expect(full('_ZZ4mainENKUlvE_clEv')).toBe('main::{lambda()#1}::operator()() const');
    expect(full('_ZN12_GLOBAL__N_11fEv')).toBe('(anonymous namespace)::f()');
    expect(full('_ZTV3Foo')).toBe('vtable for Foo');
    expect(full('_ZThn16_N1B1fEv')).toBe('non-virtual thunk to B::f()');
    expect(full('_Z1fPFivE')).toBe('f(int (*)())');
    expect(full('_Z1fRA4_Kc')).toBe('f(char const (&) [4])');
  });

  test('count bytes, not characters', () => {
    expect(demangle('_ZN4näh1fEv', 'simple')).toBe('näh::f');
  });
});

describe('Rust names', () => {
  test('of the older mangling lose their hash', () => {
    const part = 'drop_in_place$LT$std..rt..lang_start$u7b$$u7b$closure$u7d$$u7d$$GT$';
    const name = `_ZN4core3ptr${part.length}${part}17h0123456789abcdefE`;
    expect(demangle(name, 'simple')).toBe(
      'core::ptr::drop_in_place<std::rt::lang_start{{closure}}>',
    );
  });

  test('of the v0 mangling show generic arguments where asked', () => {
    const name = '_RINvNtC3std3mem8align_ofjE';
    expect(demangle(name, 'templates')).toBe('std::mem::align_of::<usize>');
    expect(demangle(name, 'simple')).toBe('std::mem::align_of::<>');
    expect(demangle('_RNCNvC4main3runs_0', 'full')).toBe('main::run::{closure#1}');
  });
});

describe('what is not mangled', () => {
  test('is left alone', () => {
    for (const name of ['', 'main.main', 'printf', '_Z', '_ZN', '_R', '_Z1', '_ZN1aE1', '_R0C1a']) {
      expect(demangle(name, 'full')).toBeUndefined();
    }
  });

  test('is given up after a bounded amount of work', () => {
    const doubling = Array.from({ length: 60 }, (_, i) => {
      const before = i === 0 ? 'S_' : `S${(i - 1).toString(36).toUpperCase()}_`;
      return `PFv${before}${before}E`;
    });
    const names = [
      `_Z${'P'.repeat(100_000)}i`,
      `_ZN${'1a'.repeat(50_000)}E`,
      `_Z1f${'I'.repeat(50_000)}`,
      `_Z1fPFvvE${doubling.join('')}`,
      `_R${'I'.repeat(100_000)}`,
      `_RNvC1a${'B_'.repeat(50_000)}`,
    ];
    for (const name of names) expect(demangle(name, 'full') ?? name).toBeTypeOf('string');
  });
});
