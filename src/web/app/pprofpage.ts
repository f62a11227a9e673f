/**
 * The page on one profile: what its server has open, and what can be done with it as a whole.
 *
 * Made when the page was opened at an address of `whygo pprof -http`; the other pages have none.
 */
import { computed, type ReadonlySignal, signal } from '@preact/signals';
import type { PageHead } from '../../api/pprofpage.ts';
import { UserError } from '../../base/errors.ts';
import { type PprofApi, pprofApi, pprofSource } from '../data/pprof.ts';
import type { ProfileSource } from '../data/source.ts';
import { lastOf, Question } from './loaded.ts';

export class PprofPage {
  readonly api: PprofApi = pprofApi();
  readonly question = new Question<PageHead>();
  /** True while sources are fetched again or a profile is sent. */
  readonly busy = signal(false);
  readonly head: ReadonlySignal<PageHead | undefined> = computed(() =>
    lastOf(this.question.answer.value),
  );
  /** Another one whenever the profile or what it is compared with changes. */
  readonly source: ReadonlySignal<ProfileSource | undefined> = computed(() => {
    const head = this.head.value;
    return head && pprofSource(this.api, head);
  });
  private readonly announce: (text: string) => void;

  constructor(announce: (text: string) => void) {
    this.announce = announce;
    void this.question.ask((abort) => this.api.head(abort));
  }

  /** Fetches every source of the command line again. */
  reload(): void {
    void this.change(() => this.api.reload(), 'Read again');
  }

  compare(file: File): void {
    void this.change(() => this.api.compare(file), `Compared with ${file.name}`);
  }

  compareNoMore(): void {
    void this.change(() => this.api.compare(undefined), 'The comparison is over');
  }

  private async change(run: () => Promise<PageHead>, done: string): Promise<void> {
    if (this.busy.peek()) return;
    this.busy.value = true;
    try {
      const head = await run();
      await this.question.ask(async () => head);
      this.announce(done);
    } catch (error) {
      if (!(error instanceof UserError)) throw error;
      this.announce(`${error.message}. ${error.next}`);
    } finally {
      this.busy.value = false;
    }
  }
}
