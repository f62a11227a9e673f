/** The SVG files of whygo pprof in a browser: what their scripts do. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Page } from 'playwright-core';
import { afterAll, describe, expect, test } from 'vitest';
import { startBrowser } from './browser.ts';

const root = join(import.meta.dirname, '../..');
const cpu = join(root, 'test/fixtures/collect/cpu-2.pb.gz');
const folder = mkdtempSync(join(tmpdir(), 'svg-'));
const { browser, missing } = await startBrowser();

afterAll(() => browser?.close());

/** A page with the picture that an option gives, and what its scripts threw. */
async function open(option: string): Promise<{ page: Page; errors: string[] }> {
  if (browser === undefined) throw new Error(missing);
  const main = join(root, 'src/cli/main.ts');
  const run = spawnSync(process.execPath, [main, 'pprof', option, cpu], { maxBuffer: 1 << 26 });
  const path = join(folder, `picture${option}.svg`);
  writeFileSync(path, run.stdout);
  const page = await browser.newPage({ viewport: { width: 1240, height: 800 } });
  const errors: string[] = [];
  page.on('pageerror', (error) => errors.push(error.message));
  await page.goto(pathToFileURL(path).href);
  return { page, errors };
}

describe.skipIf(browser === undefined)(`SVG files in a browser (${missing ?? 'present'})`, () => {
  test('the graph moves by dragging and grows by the wheel, where the pointer is', async () => {
    const { page, errors } = await open('-svg');
    const transform = () => page.locator('#viewport').getAttribute('transform');
    expect(await transform()).toBe('scale(0.5,0.5) translate(0,0)');
    await page.mouse.move(300, 300);
    await page.mouse.down();
    await page.mouse.move(340, 320);
    await page.mouse.up();
    expect(await transform()).toBe('matrix(0.5,0,0,0.5,40,20)');
    await page.mouse.move(340, 320);
    await page.mouse.wheel(0, -300);
    const rounded = async () =>
      (await transform())
        ?.match(/-?[\d.]+(e-\d+)?/g)
        ?.map((part) => Math.round(Number(part) * 10) / 10);
    await expect.poll(rounded).toEqual([0.6, 0, 0, 0.6, -20, -40]);
    expect(errors).toEqual([]);
  });

  test('the flame graph fills its width with a frame that is clicked, and comes back', async () => {
    const { page, errors } = await open('-flamegraph');
    const frame = page.locator('.f', { hasText: 'net/http.(*conn).serve' }).first();
    const width = () => frame.locator('rect').getAttribute('width').then(Number);
    const before = await width();
    expect(before).toBeLessThan(1176);
    await frame.click();
    expect(await width()).toBeCloseTo(1176, 1);
    await page.locator('.f.r').click();
    expect(await width()).toBeCloseTo(before, 1);
    expect(errors).toEqual([]);
  });
});
