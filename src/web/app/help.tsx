/** The `?` sheet: every command that has a key, by group, and what the pointer does. */
import type { Signal } from '@preact/signals';
import type { JSX } from 'preact';
import { COMMAND_GROUPS, type Command } from './commands.ts';
import { Dialog } from './dialog.tsx';
import { KeyCaps } from './keycaps.tsx';
import { usePage } from './page.ts';

/** What has no key because it is a gesture. */
const GESTURES = [
  ['drag on the time axis', 'select a range'],
  ['Shift + drag', 'second range: compare'],
  ['Ctrl/⌘ + drag', 'zoom to the range'],
  ['Ctrl/⌘ + wheel, pinch', 'zoom at the pointer'],
  ['drag an edge', 'move it'],
  ['click', 'clear the ranges'],
  ['drop a file', 'open it, without a server'],
] as const;

export function Help({ open }: { readonly open: Signal<boolean> }): JSX.Element {
  return (
    <Dialog open={open} name="Keys" className="help">
      <HelpBody />
    </Dialog>
  );
}

interface Section {
  readonly title: string;
  readonly commands: readonly Command[];
}

/** Keys that work everywhere by group, then those of one place: “Time, on the time axis”. */
function sectionsOf(all: readonly Command[]): readonly Section[] {
  // A view may answer a key of the page first (Escape); for a reader that is one command.
  const words = ({ title, keys }: Command): string => JSON.stringify([title, keys]);
  const commands = all.filter((one, i) => all.findIndex((o) => words(o) === words(one)) === i);
  const sections = COMMAND_GROUPS.flatMap((group) => {
    const members = commands.filter((command) => command.group === group);
    const places = [...new Set(members.map((command) => command.where))];
    return places.map((where) => ({
      title: where === undefined ? group : `${group}, ${where}`,
      commands: members.filter((command) => command.where === where),
    }));
  });
  return sections.filter((section) => section.commands.length > 0);
}

function HelpBody(): JSX.Element {
  const all = usePage().commands.all.value.filter((command) => (command.keys?.length ?? 0) > 0);
  return (
    <>
      <h2>Keys</h2>
      <div class="help-columns">
        {sectionsOf(all).map(({ title, commands }) => {
          return (
            <section key={title}>
              <h3>{title}</h3>
              <dl>
                {commands.map((command) => (
                  <div key={command.id} data-command={command.id}>
                    <dt>
                      {command.keys?.map((binding) => (
                        <KeyCaps key={binding} binding={binding} />
                      ))}
                    </dt>
                    <dd>{command.title}</dd>
                  </div>
                ))}
              </dl>
            </section>
          );
        })}
        <section>
          <h3>Pointer</h3>
          <dl>
            {GESTURES.map(([gesture, effect]) => (
              <div key={gesture}>
                <dt>{gesture}</dt>
                <dd>{effect}</dd>
              </div>
            ))}
          </dl>
        </section>
      </div>
    </>
  );
}
