/**
 * What a terminal sends in raw mode → names of keys: `q`, `F1`, `up`, `enter`, `ctrl-c` …
 *
 * Sequences of xterm, rxvt, the Linux console and VT220 (F1 as `ESC O P`, `ESC [ 1 1 ~`, `ESC [ [ A`).
 * An escape that begins nothing known is the key Escape. Pasted text comes as its characters.
 */

const NAMED: Readonly<Record<string, string>> = {
  '\r': 'enter',
  '\n': 'enter',
  '\t': 'tab',
  '\u007f': 'backspace',
  '\b': 'backspace',
  '\u0003': 'ctrl-c',
  '\u0004': 'ctrl-d',
  '\f': 'ctrl-l',
  '\u001a': 'ctrl-z',
  ' ': 'space',
};

const SEQUENCES: Readonly<Record<string, string>> = {
  '[A': 'up',
  OA: 'up',
  '[B': 'down',
  OB: 'down',
  '[C': 'right',
  OC: 'right',
  '[D': 'left',
  OD: 'left',
  '[H': 'home',
  OH: 'home',
  '[1~': 'home',
  '[7~': 'home',
  '[F': 'end',
  OF: 'end',
  '[4~': 'end',
  '[8~': 'end',
  '[5~': 'page-up',
  '[6~': 'page-down',
  '[3~': 'delete',
  '[Z': 'shift-tab',
  OP: 'F1',
  OQ: 'F2',
  OR: 'F3',
  OS: 'F4',
  '[[A': 'F1',
  '[[B': 'F2',
  '[[C': 'F3',
  '[[D': 'F4',
  '[[E': 'F5',
  '[11~': 'F1',
  '[12~': 'F2',
  '[13~': 'F3',
  '[14~': 'F4',
  '[15~': 'F5',
  '[17~': 'F6',
  '[18~': 'F7',
  '[19~': 'F8',
  '[20~': 'F9',
  '[21~': 'F10',
};

/** All keys of one piece of input. */
export function keysOf(input: string): readonly string[] {
  const keys: string[] = [];
  for (let at = 0; at < input.length; ) {
    if (input[at] === '\u001b') {
      const sequence = /^(?:\[\[[A-E]|\[[\d;]*[A-Za-z~]|O[A-Za-z])/.exec(input.slice(at + 1))?.[0];
      keys.push(sequence === undefined ? 'escape' : (SEQUENCES[sequence] ?? ''));
      at += 1 + (sequence?.length ?? 0);
      continue;
    }
    const character = String.fromCodePoint(input.codePointAt(at) ?? 0);
    const isControl = character < ' ' && NAMED[character] === undefined;
    keys.push(isControl ? '' : (NAMED[character] ?? character));
    at += character.length;
  }
  return keys.filter((key) => key !== '');
}
