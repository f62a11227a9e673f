/** From key presses to commands, for the whole page. */
import { isTyping } from './commands.ts';
import type { Page } from './page.ts';

/**
 * The one place where keys become commands. A view's own handlers come first (they stop what they
 * take); text fields keep their keys, but for those with a modifier; open dialogs and menus keep all.
 */
export function listenToKeys({ commands, mac }: Pick<Page, 'commands' | 'mac'>): () => void {
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.defaultPrevented || event.isComposing) return;
    const { target } = event;
    if (target instanceof Element && target.closest('dialog, [popover]') !== null) return;
    if (isTyping(target) && !event.ctrlKey && !event.metaKey) return;
    const command = commands.commandFor(event, mac);
    if (command === undefined) return;
    event.preventDefault();
    command.run();
  };
  addEventListener('keydown', onKeyDown);
  return () => removeEventListener('keydown', onKeyDown);
}
