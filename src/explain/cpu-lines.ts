/** The user's lines that take the most CPU, of all functions or of those that began at one root. */
import { forEachCpuSample } from './cpu.ts';
import { type Frame, siteIndex } from './frames.ts';
import type { ObservedWindow } from './window.ts';

export interface CpuLine {
  readonly site: Frame;
  nanos: number;
  /** One of its stacks, leaf first. */
  readonly stack: readonly Frame[];
}

/** Descending; empty without a CPU profile. */
export function cpuLines(window: ObservedWindow): CpuLine[] {
  const lines = new Map<Frame, CpuLine>();
  forEachCpuSample(window, (stack, nanos) => {
    const site = stack[siteIndex(stack)];
    if (site === undefined || (site.origin !== 'own' && site.origin !== 'dependency')) return;
    const line = lines.get(site);
    if (line === undefined) lines.set(site, { site, nanos, stack: [...stack] });
    else line.nanos += nanos;
  });
  return [...lines.values()].sort((a, b) => b.nanos - a.nanos);
}
