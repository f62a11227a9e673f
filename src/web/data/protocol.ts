/**
 * What page and worker say to each other: one request with a port, and one answer on that port.
 */
import type { WireCallGraph, WirePeek } from '../../api/pprofpage.ts';
import type { Findings, Labels, WireProfileInfo } from '../../api/wire.ts';
import type { DumpView } from '../../goroutines/dump-view.ts';
import type { LabelTable } from '../../report/reading/labeltable.ts';
import type { HeatMap } from '../../report/reading/moments.ts';
import type { Note } from '../../report/reading/note.ts';
import type { WhoTable } from '../../report/reading/who.ts';
import type { DroppedFile } from './fileset.ts';
import type { DiffQuery, DumpQuery, ProfileTypeInfo, TreeQuery } from './source.ts';
import type { ProfileTree } from './tree.ts';

/** What may be asked, and what comes back. */
export interface Calls {
  open: {
    ask: { readonly files: readonly DroppedFile[]; readonly bases: readonly DroppedFile[] };
    answer: undefined;
  };
  types: { ask: undefined; answer: readonly ProfileTypeInfo[] };
  tree: { ask: TreeQuery; answer: ProfileTree };
  diff: { ask: DiffQuery; answer: ProfileTree };
  snapshots: {
    ask: { readonly query: TreeQuery; readonly at: readonly number[] };
    answer: readonly ProfileTree[];
  };
  labels: { ask: { readonly query: TreeQuery; readonly key: string }; answer: Labels };
  captures: { ask: TreeQuery; answer: readonly WireProfileInfo[] };
  goroutines: { ask: DumpQuery; answer: DumpView | undefined };
  findings: { ask: undefined; answer: Findings };
  notes: { ask: TreeQuery; answer: readonly Note[] };
  who: {
    ask: { readonly query: TreeQuery; readonly ownModules: readonly string[] };
    answer: WhoTable;
  };
  labelTable: { ask: TreeQuery; answer: LabelTable };
  heatMap: { ask: TreeQuery; answer: HeatMap | undefined };
  graph: { ask: TreeQuery; answer: WireCallGraph };
  peek: { ask: { readonly query: TreeQuery; readonly symbol: string }; answer: WirePeek };
  download: { ask: TreeQuery; answer: Uint8Array<ArrayBuffer> };
}

export type CallName = keyof Calls;

export type Request = {
  [Name in CallName]: { readonly name: Name; readonly ask: Calls[Name]['ask'] };
}[CallName];

export type Answer<Name extends CallName> =
  | { readonly ok: true; readonly value: Calls[Name]['answer'] }
  | { readonly ok: false; readonly failure: Failure };

/** A UserError's parts, or the message of anything else that was thrown. */
export type Failure =
  | {
      readonly kind: 'user';
      readonly code: string;
      readonly message: string;
      readonly next: string;
    }
  | { readonly kind: 'bug'; readonly message: string };
