/** The findings of a dropped file: asked of its worker once, for as long as the file is shown. */
import { computed, type ReadonlySignal } from '@preact/signals';
import type { Findings, WireFinding } from '../../api/wire.ts';
import { lastOf, Question } from '../app/loaded.ts';
import type { Page } from '../app/page.ts';
import type { ProfileSource } from '../data/source.ts';
import { type EvidenceView, exactly, findingOf, viewOfFinding } from './findings.ts';
import type { FindingsModel } from './findingsmodel.ts';

export class FileFindings implements FindingsModel {
  private readonly page: Page;
  private readonly question = new Question<Findings>();

  readonly findings: ReadonlySignal<readonly WireFinding[]>;
  readonly opened: ReadonlySignal<WireFinding | undefined>;
  readonly unanswered: ReadonlySignal<Findings['notMeasurable']>;
  readonly looking: ReadonlySignal<boolean>;
  readonly now: () => number;

  constructor(page: Page) {
    this.page = page;
    this.now = page.now;
    const answer = computed(() => lastOf(this.question.answer.value));
    this.findings = computed(() => answer.value?.findings ?? []);
    this.unanswered = computed(() => answer.value?.notMeasurable ?? []);
    this.looking = computed(() => this.question.answer.value.state === 'loading');
    this.opened = computed(() => findingOf(this.findings.value, page.history.view.value.finding));
  }

  /** Asks the file's worker. Returns the stop. A file that cannot be read is told by its profile. */
  start(source: ProfileSource): () => void {
    void this.question.ask((signal) => source.findings(undefined, signal), true);
    return () => this.question.stop();
  }

  show(finding: WireFinding, evidence?: EvidenceView): void {
    const { history } = this.page;
    // The file is one range; there is nothing to select in it.
    history.go({ ...viewOfFinding(finding, history.view.peek(), evidence), selection: undefined });
  }

  light(name: string): void {
    const { history } = this.page;
    history.go({ profile: { ...history.view.peek().profile, search: exactly(name) } });
  }

  close(): void {
    this.page.history.go({ finding: '' });
  }
}
