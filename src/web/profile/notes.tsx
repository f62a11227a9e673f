/**
 * What must be known to read the profile: one quiet line, and everything behind it on demand.
 */
import type { JSX } from 'preact';
import { useId, useRef } from 'preact/hooks';
import type { Note } from '../../report/reading/note.ts';
import { lastOf } from '../app/loaded.ts';
import './notes.css';
import type { PanelState } from './state.ts';

/** The weightiest note, and how many more there are; nothing for a source whose notes cost a download. */
export function NoteLine({ state }: { readonly state: PanelState }): JSX.Element | null {
  if (!state.beyond.notesAtOnce) return null;
  const notes = lastOf(state.beyond.notes.answer.value) ?? [];
  const [first] = notes;
  const isCaution = first?.level === 'caution';
  return (
    <div class="notes" data-level={first?.level}>
      <p class="notes__first" title={first?.text}>
        {isCaution && (
          <span class="notes__mark" aria-hidden="true">
            !
          </span>
        )}
        {isCaution && <span class="unseen">Caution: </span>}
        {first?.text}
      </p>
      <NotesMenu state={state} />
    </div>
  );
}

/** Opens all notes; asks for them where they are not there yet. */
export function NotesMenu({ state }: { readonly state: PanelState }): JSX.Element {
  const id = useId();
  const button = useRef<HTMLButtonElement>(null);
  const popover = useRef<HTMLDivElement>(null);
  const { notes: question, notesWanted } = state.beyond;
  const answer = question.answer.value;
  const notes = lastOf(answer);
  const count = notes === undefined ? '' : ` (${notes.length})`;
  return (
    <>
      <button ref={button} type="button" class="notes__open" popovertarget={id}>
        How to read this{count} <span class="dim">▾</span>
      </button>
      <div
        ref={popover}
        id={id}
        popover="auto"
        class="popup notes__all"
        onToggle={(event) => {
          if (event.newState !== 'open') return;
          notesWanted.value = true;
          const box = button.current?.getBoundingClientRect();
          if (box === undefined || popover.current === null) return;
          popover.current.style.top = `${box.bottom + 2}px`;
          popover.current.style.right = `${Math.max(8, innerWidth - box.right)}px`;
        }}
      >
        {answer.state === 'failed' && <p role="alert">{answer.error.message}</p>}
        {notes === undefined && answer.state !== 'failed' && <p class="dim">Loading …</p>}
        <ul>
          {notes?.map((note) => (
            <FullNote key={note.id} note={note} />
          ))}
        </ul>
      </div>
    </>
  );
}

function FullNote({ note }: { readonly note: Note }): JSX.Element {
  const { level, text, evidence, source } = note;
  return (
    <li class="notes__note" data-level={level}>
      <span class="notes__mark" aria-hidden="true">
        {level === 'caution' ? '!' : '·'}
      </span>
      <div>
        <p>
          {level === 'caution' && <span class="unseen">Caution: </span>}
          {text}
        </p>
        {evidence.length > 0 && (
          <ul class="notes__evidence">
            {evidence.map((line) => (
              <li key={line}>{line}</li>
            ))}
          </ul>
        )}
        <p class="notes__source dim">{source}</p>
      </div>
    </li>
  );
}
