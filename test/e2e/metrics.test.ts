/** The metrics dashboard in a real browser, over the bundled recording. */
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startBrowser } from './browser.ts';
import { openPage, openService, type TestPage } from './page.ts';
import { type Server, startServer } from './server.ts';

const started = await startBrowser();
const skipped = started.missing === undefined ? '' : ` (skipped: ${started.missing})`;
const PICTURES = fileURLToPath(new URL('screenshots/', import.meta.url));

describe.skipIf(started.missing !== undefined)(`the metrics dashboard${skipped}`, () => {
  let server: Server;
  let browser: Browser;

  beforeAll(async () => {
    if (started.browser === undefined) return;
    browser = started.browser;
    server = await startServer();
  });

  afterAll(async () => {
    await started.browser?.close();
    await server.stop();
  });

  async function openMetrics(options = {}): Promise<TestPage> {
    const view = await openPage(browser, `${server.url}/?service=shop&metrics=1`, options);
    await view.page.locator('.metrics-chart').first().waitFor();
    await view.flame.waitFor();
    await view.settled();
    return view;
  }

  const readings = async (view: TestPage, chart: string): Promise<string> => {
    const list = view.page.locator(`[data-chart="${chart}"] .metrics-readings`);
    return (await list.innerText()).replaceAll('\u00a0', ' ');
  };

  test('tells the story section by section, and names what is not measured', async () => {
    const view = await openMetrics();
    const heads = await view.page.locator('.metrics-section h2').allInnerTexts();
    expect(heads.map((text) => text.split('\n')[0])).toEqual([
      'Garbage collection',
      'Heap',
      'Memory',
      'Goroutines',
      'Scheduler',
      'CPU',
      'Locks',
      'Process',
    ]);
    expect(heads[0]).toContain('149 collections');
    expect(await view.page.locator('[data-chart="files"]').innerText()).toContain('not measured');
    await view.close();
  });

  test('draws every chart that has something to show', async () => {
    const view = await openMetrics();
    const empty = await view.page.$$eval('.metrics-drawing canvas', (canvases) =>
      canvases
        .filter((canvas) => {
          if (!(canvas instanceof HTMLCanvasElement)) return true;
          const { width, height } = canvas;
          const pixels = canvas.getContext('2d')?.getImageData(0, 0, width, height - 3).data ?? [];
          return !pixels.some((value) => value !== 0);
        })
        .map((canvas) => canvas.closest('.metrics-chart')?.getAttribute('data-chart')),
    );
    expect(empty).toEqual([]);
    await view.close();
  });

  test('shows all values at the pointer', async () => {
    const view = await openMetrics();
    const newest = await readings(view, 'memory');
    expect(newest).toMatch(/together\s+\d+ MB[\s\S]*heap objects\s+[\d.]+ MB/);
    const box = await view.page.locator('.axis-overlay').boundingBox();
    if (box === null) throw new Error('no overlay');
    await view.page.mouse.move(box.x + 0.2 * box.width, box.y + 40);
    await expect.poll(() => readings(view, 'memory')).not.toBe(newest);
    expect(await readings(view, 'sched-latency')).toMatch(/p99\s+[\d.]+ [µm]s\s+p50/);
    expect(await readings(view, 'cpu-classes')).toMatch(/own code\s+\d+ %/);
    // Before the first collection in the recording nothing is known of the classes.
    await view.page.mouse.move(box.x + 1, box.y + 40);
    await expect.poll(() => readings(view, 'cpu-classes')).toMatch(/own code\s+–/);
    await view.close();
  });

  test('a click selects the range of the profile below', async () => {
    const view = await openMetrics();
    const whole = await view.sentenceText();
    const box = await view.page.locator('.axis-overlay').boundingBox();
    if (box === null) throw new Error('no overlay');
    await view.page.mouse.click(box.x + 0.5 * box.width, box.y + 40);
    const from = Number(await view.waitForQuery('from'));
    expect(Number(view.query().get('to')) - from).toBe(20_000);
    await view.range('selection').waitFor();
    await view.sentenceAfter(whole);
    await view.close();
  });

  test('is a key away from the five tracks, and a table for those who want numbers', async () => {
    const view = await openService(browser, server.url);
    await view.page.keyboard.press('Shift+M');
    await view.page.locator('.metrics-chart').first().waitFor();
    expect(await view.waitForQuery('metrics')).toBe('1');
    await view.page.keyboard.press('t');
    const table = view.page.locator('.metrics-table tbody tr');
    await table.first().waitFor();
    expect(await table.count()).toBeGreaterThan(10);
    await view.page.keyboard.press('t');
    await view.page.keyboard.press('Shift+M');
    await view.tracks.first().waitFor();
    await view.waitForQuery('metrics', false);
    await view.close();
  });

  test.each([
    [1280, 'light'],
    [1280, 'dark'],
    [1920, 'light'],
    [1920, 'dark'],
  ] as const)('is pictured at %i pixels, %s', async (width, scheme) => {
    const view = await openMetrics({ width, height: width === 1280 ? 800 : 1080, scheme });
    await view.page.screenshot({ path: `${PICTURES}metrics-${width}-${scheme}.png` });
    await view.close();
  });
});
