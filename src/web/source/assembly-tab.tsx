/** Assembly: the instructions of functions with their values, as the binary has them. */
import type { JSX } from 'preact';
import type { WireAssembly } from '../../api/pprofpage.ts';
import { lastOf } from '../app/loaded.ts';
import { shortName } from '../flame/label.ts';
import { ReportFailure } from '../peek/failure.tsx';
import { useReport } from '../peek/report.ts';
import { countText, SymbolBar } from '../peek/symbolbar.tsx';
import { percentText, valueText } from '../profile/numbers.ts';
import type { PanelState } from '../profile/state.ts';
import { NoCode } from './nocode.tsx';
import './source.css';

type Routine = WireAssembly['routines'][number];

export function AssemblyTab({ state }: { readonly state: PanelState }): JSX.Element {
  if (state.scope.value.source.reports?.code === undefined) return <NoCode what="assembly" />;
  return <Assembly state={state} />;
}

function Assembly({ state }: { readonly state: PanelState }): JSX.Element {
  const { symbol } = state.view.value;
  const answer = useReport(state, symbol, async ({ code }, query, signal) => {
    if (code === undefined) throw new Error('this source has no code');
    return await code.disasm(query, symbol, signal);
  });
  const assembly = lastOf(answer);
  const readout =
    assembly === undefined ? '' : countText(assembly.routines.length, assembly.matched);
  return (
    <div class="assembly">
      <SymbolBar state={state} readout={readout} />
      {answer.state === 'failed' && <ReportFailure error={answer.error} />}
      {assembly === undefined && answer.state === 'loading' && (
        <p class="empty dim">Disassembling …</p>
      )}
      <div class="source__scroll">
        {assembly?.routines.map((routine) => (
          <RoutineCode key={routine.name} routine={routine} assembly={assembly} />
        ))}
        {assembly?.routines.length === 0 && (
          <p class="empty dim">No symbol of the binary with samples matches the pattern.</p>
        )}
      </div>
    </div>
  );
}

interface RoutineProps {
  readonly routine: Routine;
  readonly assembly: WireAssembly;
}

function RoutineCode({ routine, assembly }: RoutineProps): JSX.Element {
  const { unit, total } = assembly;
  const { instructions } = routine;
  const most = instructions.reduce((top, { cum }) => Math.max(top, Math.abs(cum)), 0);
  return (
    <section class="source__function">
      <header>
        <h3 class="code" title={routine.name}>
          {shortName(routine.name)}
        </h3>
        <span class="code dim source__file">{routine.binary}</span>
        <span class="num">
          <span class="dim">self</span> {valueText(routine.flat, unit)}
        </span>
        <span class="num">
          <span class="dim">total</span> {valueText(routine.cum, unit)}{' '}
          <span class="dim">{percentText(routine.cum, total)}</span>
        </span>
      </header>
      {instructions.length === 0 && (
        <p class="source__missing">There is no disassembler for {routine.architecture}.</p>
      )}
      <table class="source__lines source__lines--asm">
        <caption class="unseen">{`Instructions of ${routine.name}`}</caption>
        <thead>
          <tr>
            <th scope="col" class="num">
              address
            </th>
            <th scope="col" class="num">
              self
            </th>
            <th scope="col" class="num">
              total
            </th>
            <th scope="col">instruction</th>
            <th scope="col">line</th>
          </tr>
        </thead>
        <tbody>
          {instructions.map(({ address, flat, cum, text, file, line, function: fn }) => (
            <tr
              key={address}
              style={{ '--heat': most === 0 ? '0' : (Math.abs(cum) / most).toFixed(3) }}
              class={cum !== 0 || flat !== 0 ? 'source__hot' : ''}
            >
              <td class="num dim code">{address}</td>
              <td class="num">{flat === 0 ? '' : valueText(flat, unit)}</td>
              <td class="num source__total">{cum === 0 ? '' : valueText(cum, unit)}</td>
              <td class="code source__text">{text}</td>
              <td class="code dim" title={fn}>
                {line > 0 ? `${file}:${line}` : file}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
