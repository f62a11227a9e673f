/** Keeps the screen of `whygo sched` up to date: a picture when something came, at most 5 a second. */
import { openScreen, type ScreenHost } from '../tui/host.ts';
import type { SchedModel } from './model.ts';
import { type SchedScreen, schedScreen } from './screen.ts';

export interface LiveOptions {
  readonly model: SchedModel;
  readonly title: string;
  readonly notes: () => readonly string[];
  readonly stream: NodeJS.WriteStream;
  /** The person wants to go. */
  onQuit(): void;
}

const FRAME_MILLIS = 200;
/** The clock in the corner goes on without events. */
const IDLE_FRAME_MILLIS = 1000;

export class LiveScreen {
  readonly #options: LiveOptions;
  readonly #begin = Date.now();
  #host: ScreenHost | undefined;
  #view: SchedScreen['view'] = 'overview';
  #paused = false;
  #drawnEvents = -1;
  #drawnAt = 0;
  #timer: NodeJS.Timeout | undefined;

  private constructor(options: LiveOptions) {
    this.#options = options;
  }

  static open(options: LiveOptions): LiveScreen {
    const screen = new LiveScreen(options);
    screen.#host = openScreen({
      stream: options.stream,
      onKey: (key) => screen.#key(key),
      onResize: () => screen.#draw(),
    });
    screen.#timer = setInterval(() => screen.#tick(), FRAME_MILLIS);
    screen.#draw();
    return screen;
  }

  close(): void {
    clearInterval(this.#timer);
    const host = this.#host;
    this.#host = undefined;
    host?.close();
  }

  #key(key: string): void {
    const views: Readonly<Record<string, SchedScreen['view']>> = {
      o: 'output',
      '?': 'help',
      F1: 'help',
    };
    const view = views[key];
    if (key === 'q' || key === 'F10' || key === 'ctrl-c') this.#options.onQuit();
    else if (key === 'space') this.#paused = !this.#paused;
    else if (key === 'escape') this.#view = 'overview';
    else if (view !== undefined) this.#view = this.#view === view ? 'overview' : view;
    this.#draw();
  }

  #tick(): void {
    if (this.#paused) return;
    const { model } = this.#options;
    const idle = model.events + model.lines.length === this.#drawnEvents;
    if (!idle || Date.now() - this.#drawnAt >= IDLE_FRAME_MILLIS) this.#draw();
  }

  #draw(): void {
    const host = this.#host;
    if (host === undefined) return;
    const { model, title, notes } = this.#options;
    this.#drawnEvents = model.events + model.lines.length;
    this.#drawnAt = Date.now();
    host.draw(
      schedScreen(model, {
        title,
        notes: notes(),
        elapsedMillis: Date.now() - this.#begin,
        paused: this.#paused,
        view: this.#view,
        size: host.size,
      }),
    );
  }
}
