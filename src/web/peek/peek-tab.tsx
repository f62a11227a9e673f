/**
 * Peek: every function between its callers and its callees, with what flows over each call.
 *
 * The same graph and order as pprof's -peek. A click on a neighbour goes there.
 */
import type { JSX } from 'preact';
import type { WirePeek } from '../../api/pprofpage.ts';
import { lastOf } from '../app/loaded.ts';
import { shortName } from '../flame/label.ts';
import { originOf } from '../flame/origin.ts';
import { percentText, valueText } from '../profile/numbers.ts';
import { exactly, type PanelState } from '../profile/state.ts';
import './peek.css';
import { ReportFailure } from './failure.tsx';
import { useReport } from './report.ts';
import { countText, SymbolBar } from './symbolbar.tsx';

type Peeked = WirePeek['nodes'][number];
type Neighbour = Peeked['callers'][number];

export function PeekTab({ state }: { readonly state: PanelState }): JSX.Element {
  const { symbol } = state.view.value;
  const answer = useReport(state, symbol, (reports, query, signal) =>
    reports.peek(query, symbol, signal),
  );
  const peek = lastOf(answer);
  const readout = peek === undefined ? '' : countText(peek.nodes.length, peek.matched);
  return (
    <div class="peek">
      <SymbolBar state={state} readout={readout} />
      {answer.state === 'failed' && <ReportFailure error={answer.error} />}
      <div class="peek__scroll">
        {peek?.nodes.map((node) => (
          <Neighbourhood key={node.name} state={state} node={node} peek={peek} />
        ))}
        {peek?.nodes.length === 0 && <p class="empty dim">No function matches the pattern.</p>}
      </div>
    </div>
  );
}

interface NeighbourhoodProps {
  readonly state: PanelState;
  readonly node: Peeked;
  readonly peek: WirePeek;
}

/** Callers above, the function, callees below. */
function Neighbourhood({ state, node, peek }: NeighbourhoodProps): JSX.Element {
  const { unit, total } = peek;
  return (
    <table class="peek__table">
      <caption class="unseen">{`Callers and callees of ${node.name}`}</caption>
      <colgroup>
        <col class="peek__value" />
        <col class="peek__share" />
        <col />
        <col class="peek__self" />
      </colgroup>
      <tbody>
        {node.callers.map((caller) => (
          <Flow
            key={caller.name}
            state={state}
            side="caller"
            other={caller}
            node={node}
            unit={unit}
          />
        ))}
        <tr class="peek__node">
          <td class="num">{valueText(node.cum, unit)}</td>
          <td class="num dim">{percentText(node.cum, total)}</td>
          <th scope="row" class="code" title={node.name}>
            <Swatch name={node.functionName} />
            {shortName(node.name)}
          </th>
          <td class="num">
            <span class="dim">self</span> {valueText(node.flat, unit)}{' '}
            <span class="dim">{node.flat === 0 ? '' : percentText(node.flat, total)}</span>
          </td>
        </tr>
        {node.callees.map((callee) => (
          <Flow
            key={callee.name}
            state={state}
            side="callee"
            other={callee}
            node={node}
            unit={unit}
          />
        ))}
      </tbody>
    </table>
  );
}

interface FlowProps {
  readonly state: PanelState;
  readonly side: 'caller' | 'callee';
  readonly other: Neighbour;
  readonly node: Peeked;
  readonly unit: string;
}

/** One call: how much of the function's total comes or goes by it. */
function Flow({ state, side, other, node, unit }: FlowProps): JSX.Element {
  const share = node.cum === 0 ? 0 : Math.min(1, Math.abs(other.value / node.cum));
  return (
    <tr class={`peek__${side}`}>
      <td class="num amount">
        <i class="bar" style={{ width: `${share * 100}%` }} />
        {valueText(other.value, unit)}
      </td>
      <td class="num dim">{percentText(other.value, node.cum)}</td>
      <td class="code" colSpan={2}>
        <button
          type="button"
          class="peek__go"
          title={`${other.name}: its own callers and callees`}
          onClick={() => state.change({ symbol: exactly(other.name) }, 'push')}
        >
          <Swatch name={other.functionName} />
          {shortName(other.name)}
        </button>
        {other.inline && <span class="dim"> inlined</span>}
      </td>
    </tr>
  );
}

function Swatch({ name }: { readonly name: string }): JSX.Element {
  return <i class={`swatch swatch--${originOf(name, '')}`} />;
}
