/**
 * Who waits for whom: circles drawn, then every lock and channel with its waiters and who probably
 * holds it. What the dump says is a solid line; what is inferred is dashed, and says so.
 */
import type { JSX } from 'preact';
import type {
  CycleStep,
  DeadlockCycle,
  Holder,
  WaitedFor,
  WaitGraph,
} from '../../goroutines/holders.ts';
import type { Waiter } from '../../goroutines/waits.ts';
import { shortName } from '../flame/label.ts';
import { placeText } from '../profile/numbers.ts';
import type { PanelState } from '../profile/state.ts';
import { DumpStrip, isView, useDumps, ViewParts } from './dumps.tsx';

const SHOWN_CIRCLES = 4;
const SHOWN_RESOURCES = 40;
const SHOWN_WAITERS = 4;

export function WaitsTab({ state }: { readonly state: PanelState }): JSX.Element {
  const view = useDumps(state);
  if (!isView(view)) return view;
  const { waits } = view;
  const isEmpty = waits === undefined || waits.resources.length === 0;
  return (
    <section class="goroutines" aria-label="Waits">
      <DumpStrip state={state} view={view} />
      <div class="goroutines__bar">
        <ViewParts state={state} />
        {!isEmpty && <Legend />}
      </div>
      {isEmpty ? <NoWaits knows={waits !== undefined} /> : <Waits waits={waits} />}
    </section>
  );
}

function NoWaits({ knows }: { readonly knows: boolean }): JSX.Element {
  return (
    <div class="empty">
      <p>
        {knows
          ? 'No goroutine of this dump waits for a lock, wait group or condition that it names.'
          : 'These profiles have no addresses: nobody can tell what waits for the same lock.'}
      </p>
      <p class="dim">
        Locks are known from <code>/debug/pprof/goroutine?debug=2</code>, channels from the dump
        that <code>kill -QUIT</code> prints.
      </p>
    </div>
  );
}

function Waits({ waits }: { readonly waits: WaitGraph }): JSX.Element {
  const circles = waits.cycles.slice(0, SHOWN_CIRCLES);
  const resources = waits.resources.slice(0, SHOWN_RESOURCES);
  const rest = waits.resources.length - resources.length;
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls
    <section class="waits" aria-label="Who waits for whom" tabIndex={0}>
      {circles.map((cycle, i) => (
        <Circle key={i} cycle={cycle} />
      ))}
      {waits.cycles.length > circles.length && (
        <p class="dim">and {waits.cycles.length - circles.length} more circles</p>
      )}
      <h3>What is waited for</h3>
      {resources.map((resource) => (
        <ResourceRow key={resource.address} resource={resource} />
      ))}
      {rest > 0 && <p class="dim">and {rest} more with fewer waiters</p>}
    </section>
  );
}

function Legend(): JSX.Element {
  return (
    <p class="waits__legend">
      <span class="waits__key">
        <i class="waits__line" /> waits for: the dump says so
      </span>
      <span class="waits__key">
        <i class="waits__line waits__line--inferred" /> probably held by: inferred, the runtime does
        not record it
      </span>
    </p>
  );
}

const BOX = { width: 200, height: 38 };
const SIZE = { width: 760, height: 300 };

/** Goroutines and locks around an ellipse; the arrows go the way of waiting. */
function Circle({ cycle }: { readonly cycle: DeadlockCycle }): JSX.Element {
  const { steps } = cycle;
  const nodes = steps.flatMap((step) => [
    { text: `goroutine ${step.waiter.id}`, small: frameText(step.waiter), isLock: false },
    { text: resourceText(step.resource), small: takenText(step), isLock: true },
  ]);
  const pointOf = (index: number) => {
    const angle = (index / nodes.length) * 2 * Math.PI - Math.PI / 2;
    const x = SIZE.width / 2 + Math.cos(angle) * (SIZE.width / 2 - BOX.width / 2 - 8);
    const y = SIZE.height / 2 + Math.sin(angle) * (SIZE.height / 2 - BOX.height / 2 - 8);
    return { x, y };
  };
  const likely = cycle.isLikely ? 'Probably a deadlock' : 'Possibly a deadlock';
  const inversion = cycle.isOrderInversion ? ': two locks are taken in both orders' : '';
  const title = `${likely}${inversion}`;
  const text = steps
    .map(({ waiter, resource, holder }) => {
      return `goroutine ${waiter.id} waits for ${resourceText(resource)}, which goroutine ${holder.id} probably holds`;
    })
    .join('; ');
  return (
    <figure>
      <h3>{title}</h3>
      <svg
        class="waits__circle"
        viewBox={`0 0 ${SIZE.width} ${SIZE.height}`}
        role="img"
        aria-label={`${title}: ${text}`}
      >
        <defs>
          <marker
            id="waits-arrow"
            viewBox="0 0 8 8"
            refX="7"
            refY="4"
            markerWidth="7"
            markerHeight="7"
            orient="auto"
          >
            <path d="M0 0L8 4L0 8z" fill="var(--text-dim)" />
          </marker>
        </defs>
        {nodes.map((node, i) => (
          <path
            key={node.text}
            class={`waits__edge ${node.isLock ? 'waits__edge--inferred' : ''}`}
            d={edgeOf(pointOf(i), pointOf((i + 1) % nodes.length))}
            marker-end="url(#waits-arrow)"
          />
        ))}
        {nodes.map((node, i) => {
          const { x, y } = pointOf(i);
          return (
            <g key={node.text} transform={`translate(${x} ${y})`}>
              <title>{node.small}</title>
              <rect
                class={node.isLock ? 'waits__lock' : ''}
                x={-BOX.width / 2}
                y={-BOX.height / 2}
                width={BOX.width}
                height={BOX.height}
                rx="3"
              />
              <text y="-3">{node.text}</text>
              <text y="13" class="waits__small">
                {cut(node.small, 28)}
              </text>
            </g>
          );
        })}
      </svg>
    </figure>
  );
}

interface Point {
  readonly x: number;
  readonly y: number;
}

/** From the edge of one box to the edge of the other. */
function edgeOf(from: Point, to: Point): string {
  const a = borderOf(from, to);
  const b = borderOf(to, from);
  return `M${a.x.toFixed(1)} ${a.y.toFixed(1)}L${b.x.toFixed(1)} ${b.y.toFixed(1)}`;
}

/** Where the line from the middle of a box towards a point leaves it. */
function borderOf(box: Point, towards: Point): Point {
  const dx = towards.x - box.x;
  const dy = towards.y - box.y;
  const scale = Math.min(
    (BOX.width / 2 + 3) / Math.max(1e-9, Math.abs(dx)),
    (BOX.height / 2 + 3) / Math.max(1e-9, Math.abs(dy)),
  );
  return { x: box.x + dx * scale, y: box.y + dy * scale };
}

function ResourceRow({ resource }: { readonly resource: WaitedFor }): JSX.Element {
  const { waiters, holders, holderCount } = resource;
  const places = [...Map.groupBy(waiters, (waiter) => frameText(waiter))];
  const shown = places.slice(0, SHOWN_WAITERS);
  return (
    <div class="waits__row">
      <div>
        {shown.map(([place, members]) => (
          <div key={place} class="waits__box code" title={members[0]?.at.function}>
            {members.length === 1 ? `goroutine ${members[0]?.id}` : `${members.length} goroutines`}{' '}
            <span class="dim">{place}</span>
          </div>
        ))}
        {places.length > shown.length && (
          <p class="dim">and at {places.length - shown.length} more places</p>
        )}
      </div>
      <div class="waits__resource">
        <span class="waits__line" />
        <span>
          {resource.kind} <span class="code">{hex(resource.address)}</span>
        </span>
        <span class={`waits__line ${holders.length > 0 ? 'waits__line--inferred' : ''}`} />
      </div>
      <div>
        {holders.map((holder) => (
          <div
            key={holder.row}
            class="waits__box waits__box--inferred code"
            title={evidenceText(holder)}
          >
            goroutine {holder.id}{' '}
            <span class="dim">
              {frameText(holder)}; {holder.evidence === 'passed' ? 'passed the lock' : 'reaches it'}
            </span>
          </div>
        ))}
        {holderCount > holders.length && (
          <p class="dim">of {holderCount} goroutines that reach it</p>
        )}
        {holderCount === 0 && <p class="dim">nothing shows who holds it</p>}
      </div>
    </div>
  );
}

function evidenceText({ evidence, takenAt }: Holder): string {
  if (evidence === 'reaches') return 'It has the address among its arguments, no more';
  const where = takenAt === undefined ? '' : ` at ${placeText(takenAt.file, takenAt.line)}`;
  return `It stands beyond the line that takes this lock${where}`;
}

function frameText({ at }: Pick<Waiter, 'at'>): string {
  return `${shortName(at.function)} ${placeText(at.file, at.line)}`;
}

function takenText({ holder }: CycleStep): string {
  return `held by ${holder.id}: inferred`;
}

function resourceText({ kind, address }: WaitedFor): string {
  return `${kind} ${hex(address)}`;
}

function hex(address: number): string {
  return `0x${address.toString(16)}`;
}

function cut(text: string, width: number): string {
  return text.length <= width ? text : `${text.slice(0, width - 1)}…`;
}
