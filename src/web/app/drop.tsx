/**
 * The whole page is a drop target: files that are dropped (or chosen) open in this tab, together.
 *
 * The bytes go to the worker of the data layer; nothing is sent anywhere, with or without a server.
 */
import { useSignal } from '@preact/signals';
import type { JSX } from 'preact';
import { useEffect } from 'preact/hooks';

interface DropTargetProps {
  readonly open: (files: readonly File[]) => void;
}

/** Listens on the window; shows where to drop while a file is above the page. */
export function DropTarget({ open }: DropTargetProps): JSX.Element {
  const above = useSignal(false);
  useEffect(() => {
    const listening = new AbortController();
    const { signal } = listening;
    const listen = (type: 'dragenter' | 'dragover', change: (event: DragEvent) => void): void =>
      addEventListener(type, change, { signal });
    listen('dragenter', (event) => {
      above.value = carriesFile(event);
    });
    listen('dragover', (event) => {
      if (!carriesFile(event)) return;
      event.preventDefault();
      above.value = true;
    });
    addEventListener(
      'dragleave',
      (event) => {
        if (event.relatedTarget === null) above.value = false;
      },
      { signal },
    );
    addEventListener(
      'drop',
      (event) => {
        if (!carriesFile(event)) return;
        event.preventDefault();
        above.value = false;
        const files = [...(event.dataTransfer?.files ?? [])];
        if (files.length > 0) open(files);
      },
      { signal },
    );
    return () => listening.abort();
  }, [open]);
  return (
    <div class="drop" hidden={!above.value} aria-hidden="true">
      <p>
        Drop to open
        <br />
        <span class="dim">It is decoded in this tab; nothing leaves the machine.</span>
      </p>
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
