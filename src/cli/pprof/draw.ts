/**
 * Graphs in DOT turned into pictures: SVG and PostScript by Graphviz compiled to WebAssembly, PNG from
 * that SVG; GIF and PDF by the machine's `dot`.
 *
 * Loaded when a picture is asked for. Layout takes 0.05–0.2 s for the 80 nodes that pprof draws.
 */
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { messageOf } from '../../base/errors.ts';
import { strokeText } from '../../report/pprof/strokefont.ts';
import { systemFont } from './fonts.ts';
import { PprofError, type PprofIo } from './io.ts';

export type Picture = 'svg' | 'png' | 'gif' | 'pdf' | 'ps';

/** Edges beyond which layout is announced: it may take minutes. */
const MANY_EDGES = 3000;

/** Pixels of a PNG: 240 MB while it is drawn. Larger graphs are drawn smaller, as by `dot`. */
const MAX_PIXELS = 60_000_000;
const MAX_SIDE = 32_767;

/** The picture of a graph. Throws `PprofError`. */
export async function drawGraph(
  dot: string,
  picture: Picture,
  io: PprofIo,
): Promise<string | Uint8Array> {
  switch (picture) {
    case 'svg':
    case 'ps':
      return layOut(dot, picture, io);
    case 'png':
      return rasterize(await layOut(dot, 'svg', io), io);
    default:
      return runDot(dot, picture);
  }
}

async function layOut(dot: string, format: 'svg' | 'ps', io: PprofIo): Promise<string> {
  const edges = dot.split(' -> ').length - 1;
  if (edges > MANY_EDGES) {
    io.message(
      `Laying out a graph of ${edges} edges; -nodecount and -edgefraction make it smaller`,
    );
  }
  const { instance } = await import('@viz-js/viz');
  const graphviz = await instance();
  try {
    const result = graphviz.render(dot, { format, engine: 'dot' });
    if (result.status === 'success') return result.output;
    throw new PprofError(
      `failed to lay out the graph: ${result.errors[0]?.message ?? 'no reason'}`,
    );
  } catch (error) {
    // WebAssembly's own traps: out of memory, stack overflow.
    if (error instanceof PprofError) throw error;
    throw new PprofError(
      `failed to lay out the graph: ${messageOf(error)}; a smaller -nodecount may help`,
    );
  }
}

let rasterizer: Promise<typeof import('@resvg/resvg-wasm')> | undefined;

async function loadRasterizer(): Promise<typeof import('@resvg/resvg-wasm')> {
  const library = await import('@resvg/resvg-wasm');
  const wasm = fileURLToPath(import.meta.resolve('@resvg/resvg-wasm/index_bg.wasm'));
  await library.initWasm(readFileSync(wasm));
  return library;
}

async function rasterize(svg: string, io: PprofIo): Promise<Uint8Array> {
  rasterizer ??= loadRasterizer();
  const { Resvg } = await rasterizer;
  const font = systemFont(io.env, process.platform);
  // Without a font the text would be missing; it is drawn as lines instead.
  const drawing = font === undefined ? strokeText(svg) : svg;
  const zoom = fittingZoom(drawing);
  const image = new Resvg(drawing, {
    fitTo: { mode: 'zoom', value: zoom },
    font: { fontBuffers: font === undefined ? [] : [new Uint8Array(font)] },
  });
  const rendered = image.render();
  const png = rendered.asPng();
  rendered.free();
  image.free();
  if (zoom < 1) io.message(`The graph is too large for a picture; drawn at ${zoom.toFixed(2)}`);
  return png;
}

/** The scale at which a picture stays drawable. */
function fittingZoom(svg: string): number {
  const [, width = '1', height = '1'] =
    /<svg width="([\d.]+)pt" height="([\d.]+)pt"/.exec(svg) ?? [];
  const [x, y] = [(Number(width) * 4) / 3, (Number(height) * 4) / 3];
  return Math.min(1, MAX_SIDE / x, MAX_SIDE / y, Math.sqrt(MAX_PIXELS / (x * y)));
}

function runDot(dot: string, format: string): Uint8Array {
  const run = spawnSync('dot', [`-T${format}`], {
    input: dot,
    maxBuffer: 1 << 30,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  if (run.error === undefined && run.status === 0) return run.stdout;
  const reason =
    run.error === undefined
      ? `exit status ${run.status}`
      : 'exec: "dot": executable file not found in $PATH';
  throw new PprofError(
    `failed to execute dot. Is Graphviz installed? Error: ${reason} (svg, png and ps need none)`,
  );
}
