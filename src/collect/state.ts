/**
 * What is known of a target while it is scraped: kept here, shown by the server as `TargetState`
 * (src/api/wire.ts).
 */
import type { TargetState } from '../api/wire.ts';
import type { TargetKey } from './sink.ts';

interface Scrape {
  lastStart: number | null;
  lastDurationMs: number | null;
  lastBytes: number | null;
  lastError: string | null;
  nextStart: number | null;
}

/** Times are unix milliseconds. */
export class TargetStatus {
  readonly url: string;
  readonly instance: string;
  key: TargetKey;
  up = false;
  readonly #scrapes = new Map<string, Scrape>();
  readonly #notes = new Map<string, string>();

  constructor(url: string, instance: string, key: TargetKey) {
    this.url = url;
    this.instance = instance;
    this.key = key;
  }

  planned(type: string, at: number): void {
    this.#scrape(type).nextStart = at;
  }

  succeeded(type: string, start: number, durationMs: number, bytes: number): void {
    const scrape = this.#scrape(type);
    scrape.lastStart = start;
    scrape.lastDurationMs = durationMs;
    scrape.lastBytes = bytes;
    scrape.lastError = null;
  }

  failed(type: string, start: number, durationMs: number, error: string): void {
    const scrape = this.#scrape(type);
    scrape.lastStart = start;
    scrape.lastDurationMs = durationMs;
    scrape.lastError = error;
  }

  /** One note a subject; an empty text takes it back. */
  note(subject: string, text: string): void {
    if (text === '') this.#notes.delete(subject);
    else this.#notes.set(subject, text);
  }

  snapshot(): TargetState {
    return {
      service: this.key.service,
      instance: this.instance,
      url: this.url,
      labels: { ...this.key.labels },
      up: this.up,
      scrapes: [...this.#scrapes].map(([type, scrape]) => ({ type, ...scrape })),
      notes: [...this.#notes.values()],
    };
  }

  #scrape(type: string): Scrape {
    let scrape = this.#scrapes.get(type);
    if (scrape === undefined) {
      scrape = {
        lastStart: null,
        lastDurationMs: null,
        lastBytes: null,
        lastError: null,
        nextStart: null,
      };
      this.#scrapes.set(type, scrape);
    }
    return scrape;
  }
}
