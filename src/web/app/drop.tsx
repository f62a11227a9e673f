/**
 * The whole page is a drop target: files that are dropped (or chosen) open in this tab, together.
 *
 * The bytes go to the worker of the data layer; nothing is sent anywhere, with or without a server.
 */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';

export interface DropActions {
  readonly open: (files: readonly File[]) => void;
  /** What a dropped file can be compared with; undefined = nothing is open. */
  readonly comparison:
    | { readonly title: string; readonly compare: (files: readonly File[]) => void }
    | undefined;
}

/**
 * Listens on the window; shows where to drop while a file is above the page. With something open,
 * the right half compares with it.
 */
export function DropTarget({ open, comparison }: DropActions): JSX.Element {
  const above = useSignal<'open' | 'compare' | undefined>(undefined);
  const compare = comparison?.compare;
  useEffect(() => {
    const listening = new AbortController();
    const { signal } = listening;
    const halfOf = (event: DragEvent): 'open' | 'compare' | undefined => {
      if (!carriesFile(event)) return undefined;
      return compare !== undefined && event.clientX > innerWidth / 2 ? 'compare' : 'open';
    };
    const listen = (type: 'dragenter' | 'dragover', change: (event: DragEvent) => void): void =>
      addEventListener(type, change, { signal });
    listen('dragenter', (event) => {
      above.value = halfOf(event);
    });
    listen('dragover', (event) => {
      if (!carriesFile(event)) return;
      event.preventDefault();
      above.value = halfOf(event);
    });
    addEventListener(
      'dragleave',
      (event) => {
        if (event.relatedTarget === null) above.value = undefined;
      },
      { signal },
    );
    addEventListener(
      'drop',
      (event) => {
        const half = halfOf(event);
        if (half === undefined) return;
        event.preventDefault();
        above.value = undefined;
        const files = [...(event.dataTransfer?.files ?? [])];
        if (files.length === 0) return;
        if (half === 'compare') compare?.(files);
        else open(files);
      },
      { signal },
    );
    return () => listening.abort();
  }, [open, compare]);
  const half = above.value;
  return (
    <div class="drop" hidden={half === undefined} aria-hidden="true">
      <p class={half === 'open' && comparison !== undefined ? 'drop__chosen' : ''}>
        Drop to open
        <br />
        <span class="dim">It is decoded in this tab; nothing leaves the machine.</span>
      </p>
      {comparison !== undefined && (
        <p class={half === 'compare' ? 'drop__chosen' : ''}>
          Drop to compare
          <br />
          <span class="dim">
            as the base of <span class="code">{comparison.title}</span>
          </span>
        </p>
      )}
    </div>
  );
}

function carriesFile(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes('Files') ?? false;
}

/** Lets a person choose files with the system's dialog. */
export function chooseFiles(open: (files: readonly File[]) => void): void {
  const input = document.createElement('input');
  input.type = 'file';
  input.multiple = true;
  input.addEventListener('change', () => {
    const files = [...(input.files ?? [])];
    if (files.length > 0) open(files);
  });
  input.click();
}
