/**
 * What the service view adds to the command table: time, ranges, comparison, findings.
 *
 * Keys that the flame graph has too (w a s d, arrows, f, 0) work on the time axis while the pointer
 * or the focus is there; `where` says so in the `?` sheet.
 */
import type { Command } from '../app/commands.ts';
import { formatSpan } from '../app/url.ts';
import type { ServiceModel } from './model.ts';

const MINUTE = 60_000;

/** The windows that the menu offers, with their words. */
export const WINDOWS = [
  { ms: 15 * MINUTE, title: 'last 15 min' },
  { ms: 60 * MINUTE, title: 'last hour' },
  { ms: 6 * 60 * MINUTE, title: 'last 6 hours' },
  { ms: 24 * 60 * MINUTE, title: 'last 24 hours' },
] as const;

type Axis = () => HTMLElement | null;

/** What works wherever the focus is. */
export function serviceCommands(model: ServiceModel, axis: Axis): Command[] {
  return [...windowCommands(model), ...rangeCommands(model, axis), ...findingCommands(model)];
}

function windowCommands(model: ServiceModel): Command[] {
  return [
    ...WINDOWS.map(({ ms, title }) => ({
      id: `time.last-${formatSpan(ms)}`,
      title: `Show the ${title}`,
      group: 'Time' as const,
      run: () => model.go({ window: { kind: 'last', ms } }),
    })),
    {
      id: 'time.all',
      title: 'Show everything that was recorded',
      group: 'Time',
      run: () => model.go({ window: { kind: 'all' } }),
    },
    {
      id: 'time.follow',
      title: 'Follow live time, or hold it',
      group: 'Time',
      keys: ['l'],
      when: () => model.live.value,
      run: () => toggleFollow(model),
    },
    {
      id: 'time.table',
      title: 'Show the tracks as a table, or as charts',
      group: 'Time',
      keys: ['t'],
      run: () => {
        model.asTable.value = !model.asTable.value;
      },
    },
  ];
}

export function toggleFollow(model: ServiceModel): void {
  if (model.following.value) model.setWindow(model.window.value);
  else model.go({ window: { kind: 'default' } });
}

/**
 * What works on the time axis: while the pointer is over it, or it has the focus (which it takes by
 * keys alone, see overlay.tsx). There it comes before the same keys of the profile.
 */
export function axisCommands(model: ServiceModel, axis: Axis): Command[] {
  const hot = (): boolean => {
    const element = axis();
    return element !== null && (element.matches(':hover') || element === document.activeElement);
  };
  const onAxis = (
    id: string,
    title: string,
    keys: readonly string[],
    run: () => void,
  ): Command => ({
    id: `axis.${id}`,
    title,
    group: 'Time',
    keys,
    where: 'on the time axis',
    when: hot,
    run,
  });
  return [
    onAxis('next', 'Cursor to the next measurement', ['ArrowRight'], () => model.step(1)),
    onAxis('previous', 'Cursor to the previous measurement', ['ArrowLeft'], () => model.step(-1)),
    onAxis('extend-right', 'Extend the range to the right', ['Shift+ArrowRight'], () =>
      model.extend(1),
    ),
    onAxis('extend-left', 'Extend the range to the left', ['Shift+ArrowLeft'], () =>
      model.extend(-1),
    ),
    onAxis('start', 'Range starts at the cursor', ['['], () => model.setEdge('from')),
    onAxis('end', 'Range ends at the cursor', [']'], () => model.setEdge('to')),
    onAxis('zoom-in', 'Zoom in', ['w'], () => model.zoom(0.5)),
    onAxis('zoom-out', 'Zoom out', ['s'], () => model.zoom(2)),
    onAxis('left', 'Pan left', ['a'], () => model.pan(-0.25)),
    onAxis('right', 'Pan right', ['d'], () => model.pan(0.25)),
    onAxis('fit', 'Zoom to the selected range', ['f'], () => {
      const { selection } = model.view.value;
      if (selection !== undefined) model.setWindow(selection);
    }),
    onAxis('reset', 'Back to the usual window', ['0', 'Home'], () =>
      model.go({ window: { kind: 'default' } }),
    ),
    onAxis('clear', 'Clear the selected ranges', ['Backspace'], () => model.clearRanges()),
  ];
}

function rangeCommands(model: ServiceModel, axis: Axis): Command[] {
  const selected = (): boolean => model.view.value.selection !== undefined;
  const compared = (): boolean => model.view.value.base !== undefined;
  return [
    {
      id: 'metrics.show',
      title: 'Show all metrics, or the five tracks',
      group: 'Time',
      keys: ['Shift+M'],
      run: () => model.go({ metrics: !model.view.value.metrics }),
    },
    {
      id: 'axis.focus',
      title: 'Go to the time axis',
      group: 'Go to',
      keys: ['x'],
      run: () => axis()?.focus(),
    },
    {
      id: 'range.compare',
      title: 'Compare: the next range is the second one',
      group: 'Time',
      keys: ['c'],
      when: selected,
      run: () => {
        model.comparing.value = !model.comparing.value;
      },
    },
    {
      id: 'range.before',
      title: 'Compare with the time before',
      group: 'Time',
      keys: ['b'],
      run: () => model.compareWithBefore(),
    },
    {
      id: 'range.swap',
      title: 'Swap the two ranges',
      group: 'Time',
      keys: ['Shift+X'],
      when: compared,
      run: () => model.swap(),
    },
    {
      id: 'range.clear',
      title: 'Clear the selected ranges',
      group: 'Time',
      when: selected,
      run: () => model.clearRanges(),
    },
  ];
}

function findingCommands(model: ServiceModel): Command[] {
  const some = (): boolean => model.findings.value.length > 0;
  return [
    {
      id: 'finding.next',
      title: 'Next finding',
      group: 'Findings',
      keys: ['.'],
      when: some,
      run: () => model.openNext(1),
    },
    {
      id: 'finding.previous',
      title: 'Previous finding',
      group: 'Findings',
      keys: [','],
      when: some,
      run: () => model.openNext(-1),
    },
    {
      id: 'finding.close',
      title: 'Close the finding',
      group: 'Findings',
      when: () => model.view.value.finding !== '',
      run: () => model.go({ finding: '' }),
    },
  ];
}

/**
 * Closes the innermost thing of the service view; false when there is nothing left to close.
 * Order: a drawing, the comparing mode, the finding, the comparison, the selection.
 */
export function closeInnermost(model: ServiceModel): boolean {
  const { finding, base, selection } = model.view.value;
  if (model.drawn.value !== undefined || model.comparing.value) {
    model.drawn.value = undefined;
    model.comparing.value = false;
  } else if (finding !== '') model.go({ finding: '' });
  else if (base !== undefined) model.go({ base: undefined });
  else if (selection !== undefined) model.go({ selection: undefined });
  else return false;
  return true;
}
