/** Figures as aligned rows: what, how much, of how much, and how it changed. */
import type { JSX } from 'preact';
import type { Figure } from './figures.ts';

export function FigureList({ figures }: { readonly figures: readonly Figure[] }): JSX.Element {
  return (
    <dl class="figures">
      {figures.map(({ title, value, share, change }) => (
        <div key={title}>
          <dt class="dim">{title}</dt>
          <dd class="num">{value}</dd>
          <dd class="num dim">{share}</dd>
          {change !== undefined && (
            <dd class={`num ${changeClassName(change.direction)}`}>{change.text}</dd>
          )}
        </div>
      ))}
    </dl>
  );
}

export function changeClassName(direction: number): string {
  if (direction === 0) return 'dim';
  return direction > 0 ? 'more' : 'less';
}
