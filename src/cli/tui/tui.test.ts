/** The parts of whole-screen programs that need no terminal. */
import { describe, expect, test } from 'vitest';
import { barOf, sparkline } from './charts.ts';
import { Frame } from './host.ts';
import { keysOf } from './keys.ts';
import { cutName, fitLine, left, plainText, printable, right, span, spread } from './text.ts';

describe('keys', () => {
  test.each([
    ['q', ['q']],
    ['\u001b[A', ['up']],
    ['\u001bOP', ['F1']],
    ['\u001b[[A', ['F1']],
    ['\u001b[11~', ['F1']],
    ['\u001b[21~', ['F10']],
    ['\u001b', ['escape']],
    ['\u001b\u001b[B', ['escape', 'down']],
    ['\u0003', ['ctrl-c']],
    ['ä/\r', ['ä', '/', 'enter']],
    ['\u001b[200~', []],
    ['\u0001', []],
  ])('%j is %j', (input, keys) => {
    expect(keysOf(input)).toEqual(keys);
  });
});

describe('text', () => {
  test('of a program cannot steer the terminal', () => {
    expect(printable('\u001b[31mred\u0007\r\n\u009b2J')).toBe('[31mred2J');
  });

  test('is cut with an ellipsis, and padded', () => {
    expect([left('goroutines', 5), left('go', 4), right('7', 3)]).toEqual(['goro…', 'go  ', '  7']);
  });

  test('names are cut at the package side', () => {
    const name = 'example.com/shop/internal/cart.(*Store).Add';
    expect(cutName(name, 60)).toBe(name);
    expect(cutName(name, 20)).toBe('cart.(*Store).Add');
    expect(cutName(name, 10)).toBe('…tore).Add');
  });

  test('a line never passes its width, whatever it is made of', () => {
    const line = [span('abc', 'bold'), span('defg')];
    expect(plainText([fitLine(line, 5)])).toBe('abcd…');
    expect(plainText([fitLine(line, 0)])).toBe('');
  });

  test('what is at the right edge gives way', () => {
    expect(plainText([spread([span('left')], [span('right')], 12)])).toBe('left   right');
    expect(plainText([spread([span('left')], [span('right')], 8)])).toBe('left');
  });
});

describe('charts', () => {
  test('a sparkline ends at the newest value; what was not measured is blank', () => {
    expect(sparkline([0, 4, Number.NaN, 8], 6)).toBe('  ▁▅ █');
    expect(sparkline([9, 0, 1, 2], 3, 2)).toBe('▁▅█');
    expect(sparkline([0, 0], 2)).toBe('▁▁');
  });

  test('a bar is seen as soon as there is something', () => {
    expect(barOf(0, 8, 4)).toBe('    ');
    expect(barOf(0.001, 8, 4)).toBe('▏   ');
    expect(barOf(4, 8, 4)).toBe('██  ');
    expect(barOf(99, 8, 4)).toBe('████');
  });
});

describe('a frame', () => {
  test('sends the lines that changed, and nothing when none did', () => {
    const frame = new Frame();
    expect(frame.next(['a', 'b'])).toContain('\u001b[2;1H\u001b[0mb');
    expect(frame.next(['a', 'b'])).toBe('');
    const changed = frame.next(['a', 'c']);
    expect(changed).toContain('\u001b[2;1H\u001b[0mc\u001b[0m\u001b[K');
    expect(changed).not.toContain('\u001b[1;1H');
  });

  test('clears what a shorter one leaves, and sends all again after a change of size', () => {
    const frame = new Frame();
    frame.next(['a', 'b']);
    expect(frame.next(['a'])).toContain('\u001b[2;1H\u001b[0m\u001b[0m\u001b[K');
    frame.forget();
    expect(frame.next(['a'])).toContain('\u001b[1;1H');
  });
});
