/**
 * A button with a menu: a native popover placed under its button. Arrow keys walk the items, Escape
 * and a click elsewhere close it (the browser's own light dismiss).
 */
import type { ComponentChildren, JSX } from 'preact';
import { useId, useRef } from 'preact/hooks';

interface MenuProps {
  /** What the button shows. */
  readonly label: ComponentChildren;
  /** What screen readers call it. */
  readonly name: string;
  readonly children: ComponentChildren;
  readonly align?: 'left' | 'right';
}

export function Menu({ label, name, children, align = 'left' }: MenuProps): JSX.Element {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const panel = useRef<HTMLDivElement>(null);
  const place = (): void => {
    const box = button.current?.getBoundingClientRect();
    if (box === undefined || panel.current === null) return;
    const { style } = panel.current;
    style.top = `${box.bottom + 2}px`;
    style.left = align === 'left' ? `${box.left}px` : 'auto';
    style.right = align === 'right' ? `${innerWidth - box.right}px` : 'auto';
  };
  return (
    <>
      <button ref={button} type="button" class="menu-button" popovertarget={id} aria-label={name}>
        {label}
        <span class="menu-arrow" aria-hidden="true">
          ▾
        </span>
      </button>
      <div
        ref={panel}
        id={id}
        class="menu"
        popover="auto"
        role="menu"
        aria-label={name}
        onBeforeToggle={place}
        onToggle={(event) => {
          if (event.newState === 'open') panel.current?.querySelector<HTMLElement>(ITEM)?.focus();
        }}
        onKeyDown={(event) => walk(event, panel.current)}
        onClick={(event) => {
          // A chosen item closes its menu; a field in it does not.
          const item = event.target instanceof Element ? event.target.closest(ITEM) : null;
          if (item !== null) panel.current?.hidePopover();
        }}
      >
        {children}
      </div>
    </>
  );
}

const ITEM = '[role^="menuitem"]:not(:disabled)';

function walk(event: KeyboardEvent, panel: HTMLElement | null): void {
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step === undefined || panel === null) return;
  const items: (Element | null)[] = [...panel.querySelectorAll(ITEM)];
  const at = items.indexOf(document.activeElement);
  const next = items[(at + step + items.length) % items.length];
  if (next instanceof HTMLElement) next.focus();
  event.preventDefault();
  event.stopPropagation();
}

interface MenuItemProps {
  readonly children: ComponentChildren;
  readonly run: () => void;
  /** Set for one of several choices: whether it is the one that holds. */
  readonly checked?: boolean;
  readonly disabled?: boolean;
  /** Dim text at the right: a key, a number. */
  readonly aside?: ComponentChildren;
}

export function MenuItem(props: MenuItemProps): JSX.Element {
  const { children, run, checked, disabled = false, aside } = props;
  return (
    <button type="button" {...roleOf(checked)} disabled={disabled} onClick={run}>
      <span>{children}</span>
      {aside !== undefined && <span class="dim num">{aside}</span>}
    </button>
  );
}

function roleOf(
  checked: boolean | undefined,
): { role: 'menuitem' } | { role: 'menuitemradio'; 'aria-checked': boolean } {
  if (checked === undefined) return { role: 'menuitem' };
  return { role: 'menuitemradio', 'aria-checked': checked };
}
