/**
 * A modal dialog that is open exactly while a signal says so. The native element brings the focus
 * trap, Escape and the return of the focus; a click on the backdrop closes it too.
 */
import type { Signal } from '@preact/signals';
import type { ComponentChildren, JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

interface DialogProps {
  readonly open: Signal<boolean>;
  readonly name: string;
  readonly className: string;
  readonly children: ComponentChildren;
}

export function Dialog({ open, name, className, children }: DialogProps): JSX.Element {
  const ref = useRef<HTMLDialogElement>(null);
  const shown = open.value;
  useLayoutEffect(() => {
    if (shown && ref.current?.open === false) ref.current.showModal();
    if (!shown && ref.current?.open === true) ref.current.close();
  }, [shown]);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape is the dialog's own key for this
    <dialog
      ref={ref}
      class={className}
      aria-label={name}
      onClose={() => {
        open.value = false;
      }}
      onClick={(event) => {
        if (event.target === ref.current) open.value = false;
      }}
    >
      {shown && children}
    </dialog>
  );
}
