/**
 * A long table's body, of which only the rows in sight exist. Rows have one fixed height.
 *
 * The spacers above and below keep the scroll bar honest; `aria-rowindex` tells screen readers where
 * they are. Cost of scrolling: the rows in sight.
 */
import { useSignal } from '@preact/signals';
import type { ComponentChildren, JSX } from 'preact';
import { useEffect, useLayoutEffect, useRef } from 'preact/hooks';
import './table.css';

/** CSS pixels, as profile.css has it. */
export const TABLE_ROW = 22;
const OVERSCAN = 12;

interface VirtualTableProps {
  readonly head: ComponentChildren;
  readonly name: string;
  readonly columns: number;
  readonly rows: number;
  readonly row: (index: number) => ComponentChildren;
  /** Scrolled into sight when it changes; -1 = none. */
  readonly reveal: number;
  readonly className: string;
  readonly onKeyDown?: (event: KeyboardEvent) => void;
}

export function VirtualTable(props: VirtualTableProps): JSX.Element {
  const { head, name, columns, rows, row, reveal, className, onKeyDown } = props;
  const scroller = useRef<HTMLElement>(null);
  const top = useSignal(0);
  const height = useSignal(800);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (element === null) return undefined;
    const observer = new ResizeObserver(() => {
      height.value = element.clientHeight;
    });
    observer.observe(element);
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    const element = scroller.current;
    if (element === null || reveal < 0) return;
    // One row is hidden under the sticky head.
    const y = reveal * TABLE_ROW;
    if (y < element.scrollTop) element.scrollTop = y;
    else if (y + 3 * TABLE_ROW > element.scrollTop + element.clientHeight) {
      element.scrollTop = y + 3 * TABLE_ROW - element.clientHeight;
    }
  }, [reveal]);
  const first = Math.max(0, Math.floor(top.value / TABLE_ROW) - OVERSCAN);
  const last = Math.min(rows, Math.ceil((top.value + height.value) / TABLE_ROW) + OVERSCAN);
  const shown: ComponentChildren[] = [];
  for (let index = first; index < last; index++) shown.push(row(index));
  return (
    <section
      ref={scroller}
      class="table-scroller"
      // biome-ignore lint/a11y/noNoninteractiveTabindex: it scrolls, and arrow keys move the selection
      tabIndex={0}
      aria-label={name}
      onKeyDown={onKeyDown}
      onScroll={(event) => {
        top.value = event.currentTarget.scrollTop;
      }}
    >
      <table class={className} aria-rowcount={rows + 1} aria-label={name}>
        <thead>{head}</thead>
        <tbody>
          {first > 0 && (
            <tr style={{ height: `${first * TABLE_ROW}px` }}>
              <td colSpan={columns} />
            </tr>
          )}
          {shown}
          {last < rows && (
            <tr style={{ height: `${(rows - last) * TABLE_ROW}px` }}>
              <td colSpan={columns} />
            </tr>
          )}
        </tbody>
      </table>
    </section>
  );
}
