/**
 * The state of the metrics dashboard: the server's answer for the window that the service view shows.
 *
 * Window, ranges and cursor are the service view's own: both look at one time axis. The old answer
 * stays until the new one is here.
 */
import { computed, effect, type ReadonlySignal } from '@preact/signals';
import { WireDashboard } from '../../api/dashboard.ts';
import { lastOf, Question } from '../app/loaded.ts';
import type { Range } from '../app/url.ts';
import { prefixed } from '../data/http.ts';
import type { ServiceModel } from '../service/model.ts';
import { type DrawableDashboard, drawableOf } from './drawable.ts';

/** Zooming asks once it rests for this long. */
const REST_MS = 120;
/** A click selects at least this share of the window, so that a profile lies in it. */
const CLICK_SHARE = 1 / 40;
const LEAST_CLICK_MS = 20_000;

export class MetricsModel {
  readonly service: ServiceModel;
  readonly question = new Question<WireDashboard>();
  readonly board: ReadonlySignal<DrawableDashboard | undefined>;

  constructor(service: ServiceModel) {
    this.service = service;
    this.board = computed(() => {
      const wire = lastOf(this.question.answer.value);
      return wire === undefined ? undefined : drawableOf(wire);
    });
  }

  /** Keeps asking while the dashboard is mounted. Returns the stop. */
  start(): () => void {
    let timer: ReturnType<typeof setTimeout> | undefined;
    let asked = '';
    const stop = effect(() => {
      const { service, target } = this.service.view.value;
      const window = this.service.window.value;
      const of = JSON.stringify([service, target]);
      const fresh = of !== asked;
      // A slow answer is waited for: live time must not cancel it again and again.
      if (!fresh && this.question.busy && this.service.following.value) return;
      asked = of;
      clearTimeout(timer);
      timer = setTimeout(() => this.ask(service, target, window, fresh), fresh ? 0 : REST_MS);
    });
    return () => {
      clearTimeout(timer);
      stop();
      this.question.stop();
    };
  }

  private ask(
    service: string,
    target: Readonly<Record<string, string>>,
    window: Range,
    fresh: boolean,
  ): void {
    const { api } = this.service.page;
    const path = `services/${encodeURIComponent(service)}/metrics`;
    const params = { ...window, ...prefixed('target.', target) };
    void this.question.ask((signal) => api.get(WireDashboard, path, params, signal), fresh);
  }

  /** What a click at a moment selects: a part of the window around it. */
  readonly clicked = (time: number): Range => {
    const { from, to } = this.service.window.peek();
    const width = Math.min(to - from, Math.max((to - from) * CLICK_SHARE, LEAST_CLICK_MS));
    const start = Math.min(Math.max(from, time - width / 2), to - width);
    return { from: Math.round(start), to: Math.round(start + width) };
  };
}
