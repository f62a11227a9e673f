/** The commands that every view has. */
import type { Signal } from '@preact/signals';
import type { Command } from './commands.ts';
import type { Page } from './page.ts';
import { nextTheme, setTheme, THEMES } from './theme.ts';
import { EMPTY_VIEW } from './url.ts';

interface PageParts {
  readonly palette: Signal<boolean>;
  readonly help: Signal<boolean>;
  /** Lets the person choose a file. */
  readonly choose: () => void;
  /** Closes the innermost thing of the view. */
  readonly close: () => boolean;
}

export function pageCommands(page: Page, parts: PageParts): readonly Command[] {
  const { history } = page;
  return [
    {
      id: 'page.palette',
      title: 'Find a command',
      group: 'Page',
      keys: ['Mod+K', 'Ctrl+Shift+P'],
      run: () => {
        parts.palette.value = true;
      },
    },
    {
      id: 'page.help',
      title: 'Show the keys',
      group: 'Page',
      keys: ['?'],
      run: () => {
        parts.help.value = true;
      },
    },
    {
      id: 'page.close',
      title: 'Close the innermost thing',
      group: 'Page',
      keys: ['Escape'],
      run: () => {
        parts.close();
      },
    },
    {
      id: 'page.link',
      title: 'Copy a link to this view',
      group: 'Page',
      keys: ['Shift+C'],
      run: () => copyLink(page),
    },
    {
      id: 'page.open',
      title: 'Open a profile from this machine',
      group: 'Page',
      keys: ['o'],
      run: parts.choose,
    },
    { id: 'page.theme', title: 'Change the theme', group: 'Page', run: nextTheme },
    ...THEMES.map((theme) => ({
      id: `page.theme-${theme}`,
      title: theme === 'system' ? 'Theme as the system has it' : `Theme: ${theme}`,
      group: 'Page' as const,
      run: () => setTheme(theme),
    })),
    {
      id: 'go.services',
      title: 'All services',
      group: 'Go to',
      keys: ['h'],
      run: () => history.go(EMPTY_VIEW),
    },
    {
      id: 'go.targets',
      title: 'State of the targets',
      group: 'Go to',
      run: () => history.go({ ...EMPTY_VIEW, page: 'targets' }),
    },
  ];
}

function copyLink({ history, announce }: Page): void {
  history.flush();
  // Only secure pages (and localhost) have a clipboard.
  if (!('clipboard' in navigator)) {
    announce('This browser does not let the page copy; the address bar has the link');
    return;
  }
  navigator.clipboard.writeText(location.href).then(
    () => announce('Link copied'),
    () => announce('The browser refused to copy; the address bar has the link'),
  );
}
