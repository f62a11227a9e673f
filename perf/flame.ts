/**
 * Frame times of the flame graph in a real browser: `node perf/flame.ts [--json] [--nodes=100000]`.
 *
 * Zooms, pans and scrolls a tree at 1920 × 1080, one step a frame, and prints the time between
 * frames: 16.7 ms is 60 frames a second. The bar: the 95th percentile of every motion at 100,000
 * nodes is within one frame (17 ms); the exit status is 1 when it is missed.
 */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createServer } from 'vite';
import { launchBrowser } from './browser.ts';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const FRAMES = 300;
/** One frame at 60 Hz, with the jitter of the browser's clock. */
const BAR_MS = 17.5;
const nodes = process.argv.find((arg) => arg.startsWith('--nodes='))?.slice(8) ?? '100000';

interface Result {
  readonly nodes: number;
  readonly rows: number;
  readonly modelMs: number;
  readonly motions: Readonly<
    Record<string, { readonly intervals: readonly number[]; readonly drawn: readonly number[] }>
  >;
}

async function measure(): Promise<Result> {
  const server = await createServer({
    configFile: join(root, 'vite.config.ts'),
    logLevel: 'warn',
    server: { host: '127.0.0.1', port: 0 },
  });
  const browser = await launchBrowser();
  try {
    await server.listen();
    const page = await browser.newPage({ viewport: { width: 1920, height: 1080 } });
    const url = server.resolvedUrls?.local[0];
    if (url === undefined) throw new Error('The dev server has no address');
    await page.goto(`${url}flame/bench.html?nodes=${nodes}`);
    await page.waitForFunction('"runFlameBench" in window');
    return await page.evaluate<Result>(`window.runFlameBench(${FRAMES})`);
  } finally {
    await browser.close();
    await server.close();
  }
}

function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

const result = await measure();
const ascending = (values: readonly number[]) => [...values].sort((a, b) => a - b);
const motions = Object.entries(result.motions).map(([motion, frames]) => {
  const sorted = ascending(frames.intervals);
  return {
    motion,
    median: quantile(sorted, 0.5),
    p95: quantile(sorted, 0.95),
    p99: quantile(sorted, 0.99),
    longest: sorted.at(-1) ?? Number.NaN,
    drawnP95: quantile(ascending(frames.drawn), 0.95),
  };
});
if (process.argv.includes('--json')) {
  const { nodes, rows, modelMs } = result;
  const report = { schema: 'whygo.perf.flame/1', nodes, rows, modelMs, frames: FRAMES, motions };
  process.stdout.write(`${JSON.stringify(report)}\n`);
} else {
  const { nodes, rows, modelMs } = result;
  const size = `${nodes} nodes, ${rows} rows, laid out in ${modelMs.toFixed(0)} ms`;
  process.stdout.write(`${size}; ${FRAMES} frames each at 1920 × 1080\n`);
  process.stdout.write(
    'motion      median      p95      p99  longest  (ms between frames)  drawn p95\n',
  );
  for (const { motion, drawnP95, ...times } of motions) {
    const cells = Object.values(times).map((ms) => ms.toFixed(1).padStart(8));
    const drawn = drawnP95.toFixed(1).padStart(31);
    process.stdout.write(`${motion.padEnd(9)} ${cells.join(' ')}${drawn}\n`);
  }
}
process.exitCode = motions.some(({ p95 }) => p95 > BAR_MS) ? 1 : 0;
