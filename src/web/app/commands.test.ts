import { describe, expect, test } from 'vitest';
import { type Command, CommandTable, searchCommands } from './commands.ts';

const nothing = (): void => undefined;
const NO_MODIFIERS = { ctrlKey: false, metaKey: false, altKey: false, shiftKey: false };
const W = { code: 'KeyW', key: 'w', ...NO_MODIFIERS };

function command(id: string, part: Partial<Command> = {}): Command {
  return { id, title: id, group: 'Page', run: nothing, ...part };
}

describe('the command table', () => {
  test('the innermost provider wins a key while it is mounted', () => {
    const table = new CommandTable();
    table.provide(() => [command('page.w', { keys: ['w'] })]);
    const leave = table.provide(() => [command('axis.zoom', { keys: ['w'] })]);
    expect(table.commandFor(W, false)?.id).toBe('axis.zoom');
    leave();
    expect(table.commandFor(W, false)?.id).toBe('page.w');
  });

  test('a command that would do nothing lets the key through to the next', () => {
    const table = new CommandTable();
    table.provide(() => [command('page.w', { keys: ['w'] })]);
    table.provide(() => [command('axis.zoom', { keys: ['w'], when: () => false })]);
    expect(table.commandFor(W, false)?.id).toBe('page.w');
  });

  test('an id stands once; the newest provider says what it does', () => {
    const table = new CommandTable();
    table.provide(() => [command('a', { title: 'old' }), command('b')]);
    table.provide(() => [command('a', { title: 'new' })]);
    expect(table.all.value.map((c) => c.title)).toEqual(['new', 'b']);
  });
});

describe('the palette finds', () => {
  const commands = [
    command('time.last-1h', { title: 'Show the last hour', group: 'Time' }),
    command('profile.heap', { title: 'Show heap', group: 'Profile' }),
    command('page.theme', { title: 'Change the theme' }),
  ];

  test('words in any order, in title and group', () => {
    expect(searchCommands(commands, 'hour time').map((c) => c.id)).toEqual(['time.last-1h']);
    expect(searchCommands(commands, 'hea').map((c) => c.id)).toEqual(['profile.heap']);
  });

  test('a word at the start before one inside', () => {
    expect(searchCommands(commands, 'th').map((c) => c.id)[0]).not.toBe('profile.heap');
    expect(searchCommands(commands, 'show').map((c) => c.id)).toEqual([
      'time.last-1h',
      'profile.heap',
    ]);
  });

  test('everything for an empty query, nothing for nonsense', () => {
    expect(searchCommands(commands, '')).toHaveLength(3);
    expect(searchCommands(commands, 'zzz')).toEqual([]);
  });
});
