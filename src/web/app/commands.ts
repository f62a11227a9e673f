/**
 * The command table: everything the page can be told to do, in one list.
 *
 * The `?` sheet, the palette and the key handler are all made from it, so that none can say what
 * another does not know. A view adds its own commands while it is mounted (`provide`); a later
 * provider wins over an earlier one for the same key, as the innermost thing should.
 */
import { computed, type ReadonlySignal, signal } from '@preact/signals';
import { type KeyPress, matches } from './keys.ts';

export const COMMAND_GROUPS = ['Page', 'Go to', 'Time', 'Findings', 'Profile'] as const;
export type CommandGroup = (typeof COMMAND_GROUPS)[number];

export interface Command {
  /** Stable: `time.last-1h`. */
  readonly id: string;
  readonly title: string;
  readonly group: CommandGroup;
  /** Bindings of keys.ts; the first one is shown. */
  readonly keys?: readonly string[];
  /** Where its keys work, when that is not everywhere: `on the time axis`. */
  readonly where?: string;
  /** False while it would do nothing: its keys go on to the next command. */
  readonly when?: () => boolean;
  readonly run: () => void;
}

export class CommandTable {
  private readonly providers = signal<readonly (() => readonly Command[])[]>([]);

  /** Every command, the oldest provider's first; ids are unique (the newest wins). */
  readonly all: ReadonlySignal<readonly Command[]> = computed(() => {
    const byId = new Map<string, Command>();
    for (const provider of this.providers.value) {
      for (const command of provider()) byId.set(command.id, command);
    }
    return [...byId.values()];
  });

  /** Adds commands until the returned function is called. The list is read again when signals change. */
  provide(provider: () => readonly Command[]): () => void {
    this.providers.value = [...this.providers.peek(), provider];
    return () => {
      this.providers.value = this.providers.peek().filter((other) => other !== provider);
    };
  }

  /** The command that a key press means now, or undefined. */
  commandFor(press: KeyPress, mac: boolean): Command | undefined {
    return this.all
      .peek()
      .findLast(
        (command) =>
          (command.when?.() ?? true) &&
          (command.keys?.some((binding) => matches(binding, press, mac)) ?? false),
      );
  }
}

/** Commands whose words all contain, in order, the letters of the query's words; best first. */
export function searchCommands(commands: readonly Command[], query: string): readonly Command[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  return commands
    .map((command) => ({ command, score: scoreOf(command, words) }))
    .filter((hit) => hit.score > 0)
    .sort((a, b) => b.score - a.score)
    .map((hit) => hit.command);
}

/** 0 = no match; whole words score over prefixes, prefixes over insides. */
function scoreOf(command: Command, words: readonly string[]): number {
  const text = `${command.title} ${command.group}`.toLowerCase();
  let score = 1;
  for (const word of words) {
    const at = text.indexOf(word);
    if (at < 0) return 0;
    score += at === 0 ? 3 : /\W/.test(text[at - 1] ?? ' ') ? 2 : 1;
  }
  return score;
}

/** True when a key press belongs to a text field rather than to the page. */
export function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || target instanceof HTMLTextAreaElement) return true;
  if (target instanceof HTMLSelectElement) return true;
  return (
    target instanceof HTMLInputElement &&
    !['checkbox', 'radio', 'button', 'range', 'file'].includes(target.type)
  );
}
