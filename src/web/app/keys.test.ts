import { describe, expect, test } from 'vitest';
import { type KeyPress, keyCaps, matches } from './keys.ts';

function press(part: Partial<KeyPress>): KeyPress {
  const none = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };
  return { code: '', key: '', ...none, ...part };
}

describe('letters are matched by position', () => {
  test('w is the key above s, also where it types z', () => {
    expect(matches('w', press({ code: 'KeyW', key: 'z' }), false)).toBe(true);
    expect(matches('w', press({ code: 'KeyZ', key: 'w' }), false)).toBe(false);
  });

  test('Shift and Ctrl must be as written', () => {
    expect(matches('w', press({ code: 'KeyW', shiftKey: true }), false)).toBe(false);
    expect(matches('Shift+W', press({ code: 'KeyW', shiftKey: true }), false)).toBe(true);
    expect(matches('w', press({ code: 'KeyW', ctrlKey: true }), false)).toBe(false);
  });

  test('digits of both key blocks', () => {
    expect(matches('1', press({ code: 'Digit1', key: '&' }), false)).toBe(true);
    expect(matches('1', press({ code: 'Numpad1', key: '1' }), false)).toBe(true);
  });
});

describe('signs are matched by what they type', () => {
  test('? needs Shift on one layout and another key on the next', () => {
    expect(matches('?', press({ code: 'Slash', key: '?', shiftKey: true }), false)).toBe(true);
    expect(matches('?', press({ code: 'Minus', key: '?', shiftKey: true }), false)).toBe(true);
    expect(matches('?', press({ code: 'Slash', key: '/' }), false)).toBe(false);
  });
});

test('Mod is ⌘ on a Mac and Ctrl elsewhere', () => {
  const command = press({ code: 'KeyK', metaKey: true });
  const control = press({ code: 'KeyK', ctrlKey: true });
  expect([matches('Mod+K', command, true), matches('Mod+K', command, false)]).toEqual([
    true,
    false,
  ]);
  expect([matches('Mod+K', control, true), matches('Mod+K', control, false)]).toEqual([
    false,
    true,
  ]);
  expect(keyCaps('Mod+K', true)).toEqual(['⌘', 'K']);
  expect(keyCaps('Mod+K', false)).toEqual(['Ctrl', 'K']);
});
