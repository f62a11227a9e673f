/**
 * The menu of a frame: copy, focus, ignore, hide, sandwich, its code. Opens at the pointer or, by keys, at the
 * selected frame; arrow keys walk it, Escape closes it and gives the focus back.
 */
import type { JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { exactly, type FrameMenu, type PanelState } from './state.ts';
import './context-menu.css';

interface Item {
  readonly title: string;
  readonly key?: string;
  readonly run: () => void;
}

function itemsOf(state: PanelState, { name, stack, fit }: FrameMenu): readonly Item[] {
  const copy = (text: string) => void navigator.clipboard.writeText(text);
  const fitItem = fit === undefined ? [] : [{ title: 'Fit to the width', key: 'F', run: fit }];
  return [
    ...fitItem,
    { title: 'Copy name', key: 'Y', run: () => copy(name) },
    { title: 'Copy stack, leaf first', run: () => copy([...stack].reverse().join('\n')) },
    { title: 'Search for it', run: () => state.searchFor(name) },
    { title: 'Focus: only stacks through it', key: '⇧F', run: () => state.focusOn(name) },
    {
      title: 'Ignore: drop stacks through it',
      key: '⇧I',
      run: () => state.addToFilter('ignore', name),
    },
    { title: 'Hide: leave the frame out', key: '⇧H', run: () => state.addToFilter('hide', name) },
    ...(state.refines
      ? [{ title: 'Show from: drop its callers', run: () => showFrom(state, name) }]
      : []),
    { title: 'Sandwich: callers and callees', key: 'E', run: () => state.openSandwich(name) },
    ...codeItems(state, name),
  ];
}

function showFrom(state: PanelState, name: string): void {
  const { options } = state.view.peek();
  state.change({ options: { ...options, sf: exactly(name) }, zoom: [], range: undefined }, 'push');
}

/** The views that show one function, where the source has them. */
function codeItems(state: PanelState, name: string): readonly Item[] {
  const titles = { peek: 'Peek: calls in figures', source: 'Source', disasm: 'Assembly' } as const;
  const views = state.views.peek();
  return (['peek', 'source', 'disasm'] as const)
    .filter((view) => views.includes(view))
    .map((view) => ({
      title: titles[view],
      run: () => state.change({ view, symbol: exactly(name) }, 'push'),
    }));
}

export function ContextMenu({ state }: { readonly state: PanelState }): JSX.Element | null {
  const box = useRef<HTMLDivElement>(null);
  const open = state.menu.value;
  useLayoutEffect(() => {
    const element = box.current;
    if (open === undefined || element === null) return undefined;
    const before = document.activeElement;
    element.showPopover();
    element.style.left = `${Math.min(open.x, innerWidth - element.offsetWidth - 4)}px`;
    element.style.top = `${Math.min(open.y, innerHeight - element.offsetHeight - 4)}px`;
    element.querySelector('button')?.focus();
    return () => {
      if (before instanceof HTMLElement) before.focus();
    };
  }, [open]);
  if (open === undefined) return null;
  const close = () => {
    state.menu.value = undefined;
  };
  return (
    <div
      ref={box}
      popover="auto"
      role="menu"
      tabIndex={-1}
      class="popup frame-menu"
      aria-label={`Frame ${open.name}`}
      onToggle={(event) => {
        if (event.newState === 'closed') close();
      }}
      onKeyDown={(event) => {
        const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
        if (step === undefined) return;
        const items = [...event.currentTarget.querySelectorAll('button')];
        const at = items.findIndex((item) => item.matches(':focus'));
        items[(at + step + items.length) % items.length]?.focus();
        event.preventDefault();
        event.stopPropagation();
      }}
    >
      {itemsOf(state, open).map(({ title, key, run }) => (
        <button
          key={title}
          type="button"
          role="menuitem"
          onClick={() => {
            close();
            run();
          }}
        >
          <span>{title}</span>
          {key !== undefined && <kbd>{key}</kbd>}
        </button>
      ))}
    </div>
  );
}
