/** One group beside the table: its stack, whole or with the library folded, and what else it shares. */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import type { DumpRow, DumpView } from '../../goroutines/dump-view.ts';
import type { GoroutineGroup } from '../../goroutines/group.ts';
import type { Frame } from '../../goroutines/table.ts';
import { waitText } from '../../goroutines/text.ts';
import { shortName } from '../flame/label.ts';
import { originOf } from '../flame/origin.ts';
import { placeText } from '../profile/numbers.ts';
import { exactly, type PanelState } from '../profile/state.ts';
import { ownFrame, stackParts } from './model.ts';

const SHOWN_GROUPS = 12;
const SHOWN_IDS = 100;

export function GroupDetails(props: {
  readonly state: PanelState;
  readonly view: DumpView;
  readonly row: DumpRow;
}): JSX.Element {
  const { state, view, row } = props;
  const { groups } = row.cluster;
  const rest = groups.length - SHOWN_GROUPS;
  return (
    <aside class="goroutines__details" aria-label="Selected group">
      {row.counts[view.shown] === 0 && (
        <p class="dim">The shown dump has none of these any more.</p>
      )}
      {groups.slice(0, SHOWN_GROUPS).map((group, i) => (
        <Group key={`${i} ${row.title}`} state={state} group={group} />
      ))}
      {rest > 0 && <p class="dim">and {rest} smaller groups</p>}
    </aside>
  );
}

function Group(props: { readonly state: PanelState; readonly group: GoroutineGroup }): JSX.Element {
  const { state, group } = props;
  const own = ownFrame(group.stack, state.scope.value.ownModules);
  const words = group.state === '' ? '' : ` in ${group.state}`;
  return (
    <section>
      <h3>
        {group.count.toLocaleString('en')} goroutine{group.count === 1 ? '' : 's'}
        {words}
      </h3>
      <dl>
        {group.leaked && (
          <Fact name="leaked" value="the runtime found nothing that could wake them" />
        )}
        {group.waitMinutes.max > 0 && <Fact name="waiting" value={waitText(group.waitMinutes)} />}
        {group.lockedToThread && <Fact name="locked" value="to a thread" />}
        {group.labels.map(([key, value]) => (
          <Fact key={key} name={key} value={value} />
        ))}
        {group.ids.length > 0 && <Fact name="ids" value={idsText(group.ids)} />}
      </dl>
      <Stack state={state} stack={group.stack} />
      {group.createdBy !== undefined && (
        <p class="dim">
          created by <span class="code">{group.createdBy.function}</span>{' '}
          {placeText(group.createdBy.file, group.createdBy.line)}
        </p>
      )}
      {own !== undefined && (
        <p>
          <button
            type="button"
            onClick={() =>
              state.change(
                { view: 'flame', search: exactly(own.function), zoom: [], range: undefined },
                'push',
              )
            }
          >
            Show in the flame graph
          </button>
        </p>
      )}
    </section>
  );
}

function Fact({ name, value }: { readonly name: string; readonly value: string }): JSX.Element {
  return (
    <>
      <dt class="dim">{name}</dt>
      <dd class="code">{value}</dd>
    </>
  );
}

function idsText(ids: readonly number[]): string {
  const shown = ids.slice(0, SHOWN_IDS).join(' ');
  return ids.length > SHOWN_IDS ? `${shown} and ${ids.length - SHOWN_IDS} more` : shown;
}

/** Leaf first, as Go prints it. */
function Stack(props: {
  readonly state: PanelState;
  readonly stack: readonly Frame[];
}): JSX.Element {
  const { state, stack } = props;
  const whole = useSignal(false);
  const { ownModules } = state.scope.value;
  const parts = whole.value ? [{ isFolded: false, frames: stack }] : stackParts(stack, ownModules);
  return (
    <ol class="gstack">
      {parts.map(({ isFolded, frames }, i) =>
        isFolded ? (
          <li key={i}>
            <button
              type="button"
              class="gstack__fold dim"
              aria-expanded={false}
              onClick={() => {
                whole.value = true;
              }}
            >
              … {frames.length} frames of the library
            </button>
          </li>
        ) : (
          frames.map(({ function: name, file, line }, j) => (
            <li key={`${i} ${j}`} title={`${name}\n${file}:${line}`}>
              <span class="code">
                <i class={`swatch swatch--${originOf(name, file, ownModules)}`} /> {shortName(name)}
              </span>
              <span class="code dim gstack__place">{placeText(file, line)}</span>
            </li>
          ))
        ),
      )}
    </ol>
  );
}
