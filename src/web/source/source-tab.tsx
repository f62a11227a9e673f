/**
 * Source: the lines of functions with their values, and a line's machine code below it on a click.
 *
 * The text comes from the machine that `whygo pprof` runs on; a dropped file brings none along.
 */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import type { SourceLine, WireSource } from '../../api/pprofpage.ts';
import { lastOf } from '../app/loaded.ts';
import { shortName } from '../flame/label.ts';
import { ReportFailure } from '../peek/failure.tsx';
import { useReport } from '../peek/report.ts';
import { countText, SymbolBar } from '../peek/symbolbar.tsx';
import { percentText, valueText } from '../profile/numbers.ts';
import type { PanelState } from '../profile/state.ts';
import { NoCode } from './nocode.tsx';
import './source.css';

type SourceFunction = WireSource['functions'][number];

export function SourceTab({ state }: { readonly state: PanelState }): JSX.Element {
  if (state.scope.value.source.reports?.code === undefined) return <NoCode what="source" />;
  return <Sources state={state} />;
}

function Sources({ state }: { readonly state: PanelState }): JSX.Element {
  const { symbol } = state.view.value;
  const answer = useReport(state, symbol, async ({ code }, query, signal) => {
    if (code === undefined) throw new Error('this source has no code');
    return await code.source(query, symbol, signal);
  });
  const source = lastOf(answer);
  const readout = source === undefined ? '' : countText(source.functions.length, source.matched);
  return (
    <div class="source">
      <SymbolBar state={state} readout={readout}>
        {source !== undefined && source.noCode !== '' && (
          <span class="dim source__nocode" title={source.noCode}>
            no machine code: {source.noCode}
          </span>
        )}
      </SymbolBar>
      {answer.state === 'failed' && <ReportFailure error={answer.error} />}
      {source === undefined && answer.state === 'loading' && <p class="empty dim">Reading …</p>}
      <div class="source__scroll">
        {source?.functions.map((fn) => (
          <FunctionSource key={`${fn.name} ${fn.file}`} fn={fn} source={source} />
        ))}
        {source?.functions.length === 0 && (
          <p class="empty dim">No function with samples matches the pattern.</p>
        )}
      </div>
    </div>
  );
}

interface FunctionProps {
  readonly fn: SourceFunction;
  readonly source: WireSource;
}

function FunctionSource({ fn, source }: FunctionProps): JSX.Element {
  const { total, unit } = source;
  const most = fn.lines.reduce((top, line) => Math.max(top, Math.abs(line.cum)), 0);
  return (
    <section class="source__function">
      <header>
        <h3 class="code" title={fn.name}>
          {shortName(fn.name)}
        </h3>
        <span class="code dim source__file" title={fn.file}>
          {fn.file}
        </span>
        <span class="num">
          <span class="dim">self</span> {valueText(fn.flat, unit)}
        </span>
        <span class="num">
          <span class="dim">total</span> {valueText(fn.cum, unit)}{' '}
          <span class="dim">{percentText(fn.cum, total)}</span>
        </span>
      </header>
      {fn.error !== '' && (
        <p class="source__missing">
          {fn.error}.{' '}
          <span class="dim">
            Name its folder with -source_path, or cut a prefix with -trim_path.
          </span>
        </p>
      )}
      <table class="source__lines">
        <caption class="unseen">{`Lines of ${fn.name}`}</caption>
        <thead>
          <tr>
            <th scope="col" class="num">
              line
            </th>
            <th scope="col" class="num">
              self
            </th>
            <th scope="col" class="num">
              total
            </th>
            <th scope="col">source</th>
          </tr>
        </thead>
        <tbody>
          {fn.lines.map((line) => (
            <Line key={line.line} line={line} most={most} unit={unit} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

interface LineProps {
  readonly line: SourceLine;
  /** The largest total of the function's lines: what heat is measured by. */
  readonly most: number;
  readonly unit: string;
}

function Line({ line, most, unit }: LineProps): JSX.Element {
  const open = useSignal(false);
  const heat = most === 0 ? 0 : Math.abs(line.cum) / most;
  const hasCode = line.instructions.length > 0;
  const number = line.line === 0 ? '?' : `${line.line}`;
  const text = line.text === '' ? ' ' : line.text;
  const turn = () => {
    open.value = !open.value;
  };
  return (
    <>
      <tr style={{ '--heat': heat.toFixed(3) }} class={heat > 0 ? 'source__hot' : ''}>
        <td class="num dim">
          {hasCode ? (
            <button
              type="button"
              class="source__line"
              aria-expanded={open.value}
              title="Its machine code"
              onClick={turn}
            >
              {number}
            </button>
          ) : (
            number
          )}
        </td>
        <td class="num">{line.flat === 0 ? '' : valueText(line.flat, unit)}</td>
        <td class="num source__total">{line.cum === 0 ? '' : valueText(line.cum, unit)}</td>
        {/* biome-ignore lint/a11y/useKeyWithClickEvents: the line's number is the button for keys */}
        <td class="code source__text" onClick={hasCode ? turn : undefined}>
          {text}
        </td>
      </tr>
      {open.value && <Instructions line={line} unit={unit} />}
    </>
  );
}

/** The machine code of a line: by rising address, a gap where it is not contiguous. */
function Instructions({ line, unit }: Pick<LineProps, 'line' | 'unit'>): JSX.Element {
  return (
    <>
      {line.instructions.map((instruction, index) => (
        <tr
          key={instruction.address}
          class={
            instruction.startsBlock && index > 0 ? 'source__asm source__asm--gap' : 'source__asm'
          }
        >
          <td class="num dim code">{instruction.address}</td>
          <td class="num">{instruction.flat === 0 ? '' : valueText(instruction.flat, unit)}</td>
          <td class="num">{instruction.cum === 0 ? '' : valueText(instruction.cum, unit)}</td>
          <td class="code">
            {instruction.text}
            <InlinedAt calls={instruction.inlinedCalls} />
          </td>
        </tr>
      ))}
    </>
  );
}

function InlinedAt(props: {
  readonly calls: readonly { readonly file: string; readonly line: number }[];
}): JSX.Element | null {
  const { calls } = props;
  if (calls.length === 0) return null;
  const places = calls.map(({ file, line }) => `${file.slice(file.lastIndexOf('/') + 1)}:${line}`);
  return <span class="dim"> inlined from {places.join(' ▸ ')}</span>;
}
