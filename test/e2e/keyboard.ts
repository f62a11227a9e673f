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

const PROFILE_TITLE = '## On the page of one profile';
const MOUSE_TITLE = '## Mouse';

/** The doc's parts: keys of the service page, those that the page on one profile adds, the mouse. */
export function partsOf(doc: string): { readonly page: string; readonly profile: string } {
  const [from, to] = [doc.indexOf(PROFILE_TITLE), doc.indexOf(MOUSE_TITLE)];
  return { page: doc.slice(0, from), profile: doc.slice(from, to) };
}

/** What the sheet of `whygo pprof -http` has beside what the page's part says. */
export function profilePart(sections: readonly KeySection[], page: string): string {
  const lines = [
    PROFILE_TITLE,
    '',
    '`whygo pprof -http`, and where it says so, dropped files.',
    '',
  ];
  lines.push('| keys | action |', '|---|---|');
  for (const { title, rows } of sections) {
    const place = title.split(', ')[1];
    for (const { keys, action } of rows) {
      const row = `| ${keys.map((key) => `\`${key}\``).join(' or ')} | ${action} |`;
      const isKnown = page.includes(row) && (place === undefined || page.includes(place));
      if (keys.length === 0 || isKnown) continue;
      const where = place === undefined ? '' : `, ${place}`;
      lines.push(`${row.slice(0, -2)}${where} |`);
    }
  }
  return `${lines.join('\n')}\n\n`;
}

/** The service page's part. */
export function pagePart(sections: readonly KeySection[]): string {
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
  return `${lines.join('\n')}\n\n`;
}

export function keyboardPage({ page, profile }: ReturnType<typeof partsOf>): string {
  const lines = [
    MOUSE_TITLE,
    '',
    '| gesture | on the time axis | on the flame graph | on the call graph |',
    '|---|---|---|---|',
    '| drag | select a range | mark a range; with Ctrl zoom to it | pan |',
    '| Shift+drag | select the second range, to compare | pan | |',
    '| click | set the cursor | pin the frame and show its figures | select the function |',
    '| double-click | | fit the frame | its callers and callees |',
    '| wheel | | scroll | zoom at the pointer |',
    '| Ctrl+wheel, pinch | zoom at the pointer | zoom at the pointer | zoom at the pointer |',
    '| right click | | menu of the frame: copy, focus, ignore, hide, sandwich | the same menu |',
    '',
  ];
  return `${page}${profile}${lines.join('\n')}`;
}
