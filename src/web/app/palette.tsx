/** The palette: type a few letters of any command, Enter runs it. Made from the command table. */
import { type Signal, useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { type Command, searchCommands } from './commands.ts';
import { Dialog } from './dialog.tsx';
import { KeyCaps } from './keycaps.tsx';
import { usePage } from './page.ts';

export function Palette({ open }: { readonly open: Signal<boolean> }): JSX.Element {
  return (
    <Dialog open={open} name="Commands" className="palette">
      <PaletteBody
        close={() => {
          open.value = false;
        }}
      />
    </Dialog>
  );
}

function PaletteBody({ close }: { readonly close: () => void }): JSX.Element {
  const { commands } = usePage();
  const query = useSignal('');
  const at = useSignal(0);
  const list = useRef<HTMLDivElement>(null);
  const possible = commands.all.value.filter(isPossible);
  const found = searchCommands(possible, query.value);
  const chosen = Math.min(at.value, found.length - 1);
  useEffect(() => {
    list.current?.children[chosen]?.scrollIntoView({ block: 'nearest' });
  }, [chosen]);

  const run = (command: Command | undefined): void => {
    if (command === undefined) return;
    close();
    // After the dialog has given the focus back, so that a command can move it.
    setTimeout(() => command.run());
  };
  const onKeyDown = (event: KeyboardEvent): void => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (step !== undefined) {
      at.value = (chosen + step + found.length) % Math.max(1, found.length);
      event.preventDefault();
    }
    if (event.key === 'Enter') {
      event.preventDefault();
      run(found[chosen]);
    }
  };
  return (
    <>
      <input
        type="text"
        role="combobox"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={found[chosen] === undefined ? '' : `palette-${found[chosen].id}`}
        aria-label="Search commands"
        placeholder="What should happen?"
        autocomplete="off"
        spellcheck={false}
        value={query.value}
        onInput={(event) => {
          query.value = event.currentTarget.value;
          at.value = 0;
        }}
        onKeyDown={onKeyDown}
      />
      <div ref={list} id="palette-list" role="listbox" aria-label="Commands">
        {found.map((command, i) => (
          // biome-ignore lint/a11y/useKeyWithClickEvents: the field above has the keys
          <div
            key={command.id}
            id={`palette-${command.id}`}
            role="option"
            aria-selected={i === chosen}
            tabIndex={-1}
            onClick={() => run(command)}
          >
            <span class="palette-group dim">{command.group}</span>
            <span>{command.title}</span>
            {command.keys?.[0] !== undefined && <KeyCaps binding={command.keys[0]} />}
          </div>
        ))}
        {found.length === 0 && <p class="dim">No command has these words.</p>}
      </div>
    </>
  );
}

/** Commands that need a focus elsewhere stay listed; those that would do nothing do not. */
function isPossible(command: Command): boolean {
  return command.where !== undefined || (command.when?.() ?? true);
}
