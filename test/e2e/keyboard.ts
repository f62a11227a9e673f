/** docs/keyboard.md, made from the page's own key sheet. */
import { join } from 'node:path';

export const keyboardDoc = join(import.meta.dirname, '../../docs/keyboard.md');

export interface KeySection {
  readonly title: string;
  readonly rows: readonly { readonly keys: readonly string[]; readonly action: string }[];
}

/** Runs in the browser: the sections of the sheet, each chord as `Ctrl+K`. */
export function readSections(sections: Element[]): KeySection[] {
  return sections.map((section) => ({
    title: section.querySelector('h3')?.textContent ?? '',
    rows: [...section.querySelectorAll('[data-command]')].map((row) => ({
      keys: [...row.querySelectorAll('.keycaps')].map((chord) =>
        [...chord.querySelectorAll('kbd')].map((key) => key.textContent ?? '').join('+'),
      ),
      action: row.querySelector('dd')?.textContent ?? '',
    })),
  }));
}

export function keyboardPage(sections: readonly KeySection[]): string {
  const lines = [
    '# Keyboard',
    '',
    'Every action of the page has a key. `?` shows this list, made from the same table of commands;',
    'Ctrl+K (⌘K) finds any of them by name. Letters are matched by their place on the keyboard.',
  ];
  for (const { title, rows } of sections) {
    lines.push('', `## ${title}`, '', '| keys | action |', '|---|---|');
    for (const { keys, action } of rows) {
      lines.push(`| ${keys.map((key) => `\`${key}\``).join(' or ')} | ${action} |`);
    }
  }
  lines.push(
    '',
    '## Mouse',
    '',
    '| gesture | on the time axis | on the flame graph |',
    '|---|---|---|',
    '| drag | select a range | mark a range; with Ctrl zoom to it |',
    '| Shift+drag | select the second range, to compare | pan |',
    '| click | set the cursor | pin the frame and show its figures |',
    '| double-click | | fit the frame |',
    '| Ctrl+wheel, pinch | zoom at the pointer | zoom at the pointer |',
    '| right click | | menu of the frame: copy, focus, ignore, hide, sandwich |',
    '',
  );
  return lines.join('\n');
}
