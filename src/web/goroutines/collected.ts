/**
 * Goroutines of a source that keeps profiles alone, such as a server: some captures of the range are
 * downloaded one by one, and read as dumps in this tab. They have stacks, labels and counts; ids,
 * states and waits are not kept.
 */
import type { DumpView } from '../../goroutines/dump-view.ts';
import type { DumpQuery, ProfileSource } from '../data/source.ts';
import { pickMoments } from '../profile/snapshots.ts';

/** Evenly spread over the range; each costs a request. */
const MOST_CAPTURES = 12;

export class CollectedDumps {
  private held: { readonly key: string; readonly file: Promise<ProfileSource> } | undefined;
  private source: ProfileSource | undefined;

  async ask(
    source: ProfileSource,
    query: DumpQuery,
    signal: AbortSignal,
  ): Promise<DumpView | undefined> {
    const file = await this.fileOf(source, query);
    signal.throwIfAborted();
    const [type] = await file.types(signal);
    if (type === undefined) return undefined;
    return file.goroutines?.({ ...query, type: type.type, range: undefined }, signal);
  }

  close(): void {
    void this.held?.file.then(
      (file) => file.close(),
      () => undefined,
    );
    this.held = undefined;
  }

  private fileOf(source: ProfileSource, { type, range }: DumpQuery): Promise<ProfileSource> {
    const key = JSON.stringify([type, range]);
    if (this.held?.key === key && this.source === source) return this.held.file;
    this.close();
    const file = download(source, { type, range });
    this.source = source;
    this.held = { key, file };
    // A failure is not kept: the next question tries again.
    file.catch(() => {
      if (this.held?.file === file) this.held = undefined;
    });
    return file;
  }
}

async function download(
  source: ProfileSource,
  { type, range }: Pick<DumpQuery, 'type' | 'range'>,
): Promise<ProfileSource> {
  // Whoever asked may ask something else meanwhile; the captures are the same.
  const { signal } = new AbortController();
  const query = { type, sample: '', labels: {}, inverted: false };
  const captures = await source.captures({ ...query, range }, signal);
  const moments = pickMoments(captures, MOST_CAPTURES);
  const fileAt = async (at: number, part: DumpQuery['range']) => {
    const blob = await source.download({ ...query, range: part }, signal);
    return new File([blob], `${type}.pb.gz`, { lastModified: at });
  };
  // Who has one profile alone tells of no captures.
  const files = await Promise.all(
    moments.length === 0
      ? [fileAt(0, range)]
      : moments.map((at) => fileAt(at, { from: at, to: at + 1 })),
  );
  const { fileSource } = await import('../data/file.ts');
  return fileSource(files);
}
