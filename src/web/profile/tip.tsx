/** The figures of the frame under the pointer, beside the pointer and within the window. */
import type { ReadonlySignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { FigureList } from './figurelist.tsx';
import { describeNode } from './figures.ts';
import type { Hover } from './state.ts';
import './tip.css';

export function Tip(props: {
  readonly hover: ReadonlySignal<Hover | undefined>;
}): JSX.Element | null {
  const box = useRef<HTMLDivElement>(null);
  const hover = props.hover.value;
  useLayoutEffect(() => {
    if (box.current === null || hover === undefined) return;
    const { offsetWidth: width, offsetHeight: height, style } = box.current;
    const right = hover.x + 14 + width > innerWidth - 8;
    const below = hover.y + 18 + height > innerHeight - 8;
    style.left = `${Math.max(8, right ? hover.x - width - 10 : hover.x + 14)}px`;
    style.top = `${Math.max(8, below ? hover.y - height - 10 : hover.y + 18)}px`;
  });
  const figures = hover && describeNode(hover.subject, hover.node);
  if (figures === undefined) return null;
  const facts = [figures.origin, figures.place, figures.inlined ? 'inlined into its caller' : ''];
  return (
    <div class="tip" ref={box} role="tooltip">
      <div class="tip__name code">{figures.name}</div>
      <div class="dim">{facts.filter((fact) => fact !== '').join(' · ')}</div>
      <FigureList figures={figures.values} />
    </div>
  );
}
