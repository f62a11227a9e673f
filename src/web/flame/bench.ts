/**
 * The page behind perf/flame-bench.ts: zooms and pans a flame graph and measures every frame.
 *
 * `runFlameBench(frames)` on the window gives, for each kind of motion, the time between frames and
 * the time until each was drawn.
 */
import '../theme/base.css';
import './flame.css';
import { benchTree } from './bench-tree.ts';
import { FlameView } from './flame-view.ts';
import { flameModel } from './model.ts';

export interface FlameBenchResult {
  readonly nodes: number;
  readonly rows: number;
  readonly modelMs: number;
  readonly motions: Readonly<Record<string, Frames>>;
}

/** One entry a frame, in ms. */
interface Frames {
  /** Time since the frame before: what a person sees. */
  readonly intervals: number[];
  /** From the frame's start until the script had drawn it: how much room was left. */
  readonly drawn: number[];
}

declare global {
  interface Window {
    runFlameBench(frames: number): Promise<FlameBenchResult>;
  }
}

const scroller = document.querySelector<HTMLElement>('.flame');
if (scroller === null) throw new Error('bench.html has no .flame');
const nodes = Number(new URLSearchParams(location.search).get('nodes') ?? 100_000);
const view = new FlameView(
  scroller,
  { spanRested: () => {}, spanMoved: () => {} },
  { growth: 'down', skipRows: 0 },
);
const tree = benchTree(nodes);
const started = performance.now();
const model = flameModel(tree, {
  base: undefined,
  baseScale: 1,
  ownModules: ['example.com/shop'],
  rootLabel: 'all',
});
const modelMs = performance.now() - started;
view.setModel(model);

const nextFrame = () => new Promise<number>((resolve) => requestAnimationFrame(resolve));

/** One motion a frame; each moves enough that every frame is another picture. */
const MOTIONS: Readonly<Record<string, (frame: number) => void>> = {
  zoom: (frame) => view.zoom(frame % 120 < 60 ? 0.93 : 1 / 0.93, 0.31, false),
  pan: (frame) => view.pan(frame % 80 < 40 ? 0.02 : -0.02, false),
  scroll: (frame) => scroller.scrollBy(0, frame % 60 < 30 ? 9 : -9),
};

async function measure(move: (frame: number) => void, frames: number): Promise<Frames> {
  const measured: Frames = { intervals: [], drawn: [] };
  let last = await nextFrame();
  for (let frame = 0; frame < frames; frame++) {
    // The view asks for its frame first, so that it has drawn when ours is called.
    move(frame);
    const now = await nextFrame();
    measured.drawn.push(performance.now() - now);
    measured.intervals.push(now - last);
    last = now;
  }
  return measured;
}

window.runFlameBench = async (frames) => {
  const motions: Record<string, Frames> = {};
  for (const [name, move] of Object.entries(MOTIONS)) {
    view.showSpan({ left: 0, right: name === 'pan' ? 0.4 : 1 }, false);
    await measure(move, 10);
    motions[name] = await measure(move, frames);
  }
  return { nodes, rows: model.layout.rows, modelMs, motions };
};
