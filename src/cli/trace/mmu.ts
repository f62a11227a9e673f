/** `-mmu=OPTIONS`: mutator utilisation by window as a table, and where the worst windows are. */

import { UserError } from '../../base/errors.ts';
import { formatHuman } from '../../base/units.ts';
import { MmuCurve } from '../../trace/analysis/mmu.ts';
import { mutatorUtilisation, type UtilisationOptions } from '../../trace/analysis/mutator.ts';
import type { Trace } from '../../trace/trace.ts';
import type { Output } from '../terminal.ts';
import { tableLines } from './table.ts';

const NAMES = ['stw', 'background', 'assist', 'sweep', 'perproc', 'likego'];
const DEFAULT = 'stw,background,assist';
/** The percentiles of cmd/trace: shares of windows that have less. */
const SHARES = [0.5, 0.05, 0.01, 0.001];

/** Throws `UserError` for an unknown option. */
export function utilisationOptions(text: string): UtilisationOptions {
  const given = (text === 'default' ? DEFAULT : text).toLowerCase().split(/[,|]/);
  const unknown = given.find((name) => !NAMES.includes(name));
  if (unknown !== undefined) {
    const next = `take some of: ${NAMES.join(', ')}; or default (${DEFAULT})`;
    throw new UserError('bad-option', `-mmu has no option “${unknown}”`, next);
  }
  return {
    stw: given.includes('stw'),
    background: given.includes('background'),
    assist: given.includes('assist'),
    sweep: given.includes('sweep'),
    perProc: given.includes('perproc'),
    likeGo: given.includes('likego'),
  };
}

export function mmuJson(trace: Trace, options: UtilisationOptions): object {
  const curve = new MmuCurve(mutatorUtilisation(trace, options));
  return {
    schema: 'whygo.trace.mmu/1',
    options,
    windows: windowsOf(curve).map((window) => ({
      window,
      minimum: curve.minimum(window),
      quantiles: curve
        .quantiles(window, SHARES)
        .map((utilisation, i) => ({ share: SHARES[i], utilisation })),
      worst: curve.worst(window, 10),
    })),
  };
}

export function printMmu(out: Output, trace: Trace, options: UtilisationOptions): void {
  const curve = new MmuCurve(mutatorUtilisation(trace, options));
  const percent = (share: number) => `${(100 * share).toFixed(1)}%`;
  const head = ['window', 'minimum', 'p99.9', 'p99', 'p95', 'p50', 'worst window at'];
  const rows = windowsOf(curve).map((window) => {
    const [p50, p95, p99, p999] = curve.quantiles(window, SHARES);
    const [worst] = curve.worst(window, 1);
    const values = [curve.minimum(window), p999, p99, p95, p50].map(percent);
    const at = worst === undefined ? '' : formatHuman(worst.start, 'ns');
    return [formatHuman(window, 'ns'), ...values, at];
  });
  out.line('share of the procs that the GC leaves the program, at least, in windows of a length;');
  out.line('p99: in 99% of the windows it is at least this');
  const align = head.map(() => 'right' as const);
  for (const line of tableLines([head, ...rows], align)) out.line(line);
}

/** One, two and five of each power of ten, from a microsecond to the length of the trace. */
function windowsOf(curve: MmuCurve): number[] {
  const windows: number[] = [];
  for (let power = 1e3; power <= curve.duration; power *= 10) {
    for (const factor of [1, 2, 5]) {
      if (power * factor <= curve.duration) windows.push(power * factor);
    }
  }
  return windows;
}
