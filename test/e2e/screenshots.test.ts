/**
 * A picture of every view, light and dark, at two widths, to look at before a change is called done.
 * They go to test/e2e/screenshots, which is not kept in the repository.
 */
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startBrowser } from './browser.ts';
import { dropFile, openPage, openService, type TestPage } from './page.ts';
import { RECORDING, type Server, startServer } from './server.ts';

const FOLDER = fileURLToPath(new URL('./screenshots', import.meta.url));
const SIZES = [
  { width: 1280, height: 800 },
  { width: 1920, height: 1080 },
] as const;

const started = await startBrowser();
const skipped = started.missing === undefined ? '' : ` (skipped: ${started.missing})`;

type Step = (view: TestPage) => Promise<void>;

/** Each view from the service view on; they run in this order on one page. */
const VIEWS: readonly (readonly [name: string, step: Step])[] = [
  ['service', async () => undefined],
  [
    'hover',
    async ({ page }) => {
      const box = await page.locator('.axis-overlay').boundingBox();
      if (box !== null) await page.mouse.move(box.x + box.width * 0.66, box.y + 50);
    },
  ],
  [
    'range',
    async (view) => {
      await view.drag(0.55, 0.85);
      await view.range('selection').waitFor();
    },
  ],
  [
    'compare',
    async (view) => {
      await view.drag(0.08, 0.38, 'Shift');
      await view.page.getByText('the same', { exact: true }).waitFor();
    },
  ],
  [
    'finding',
    async (view) => {
      await view.page.keyboard.press('Escape');
      await view.page.keyboard.press('.');
      await view.page.getByRole('complementary', { name: /^Finding/ }).waitFor();
    },
  ],
  ['table', async ({ page }) => page.getByRole('tab', { name: 'Table' }).click()],
  ['sandwich', async ({ page }) => page.getByRole('tab', { name: 'Sandwich' }).click()],
  [
    'snapshots',
    async ({ page }) => {
      await page.getByRole('button', { name: 'heap', exact: true }).click();
      await page.getByRole('tab', { name: 'Snapshots' }).click();
    },
  ],
  ['tracks-table', async ({ page }) => page.keyboard.press('t')],
  ['keys', async ({ page }) => page.keyboard.press('?')],
  [
    'palette',
    async ({ page }) => {
      await page.keyboard.press('Escape');
      await page.keyboard.press('Control+k');
    },
  ],
  [
    'targets',
    async ({ page }) => {
      await page.keyboard.press('Escape');
      await page.getByRole('link', { name: 'targets' }).click();
    },
  ],
  [
    'file',
    async (view) => {
      const folder = join(RECORDING, 'shop');
      const name = readdirSync(folder).find((file) => file.endsWith('-cpu.pb.gz')) ?? '';
      await dropFile(view.page, name, readFileSync(join(folder, name)));
      await view.flame.waitFor();
    },
  ],
];

describe.skipIf(started.missing !== undefined)(`screenshots${skipped}`, () => {
  let server: Server;
  let browser: Browser;

  beforeAll(async () => {
    if (started.browser === undefined) return;
    browser = started.browser;
    mkdirSync(FOLDER, { recursive: true });
    server = await startServer();
  });

  afterAll(async () => {
    await started.browser?.close();
    await server.stop();
  });

  const cases = (['light', 'dark'] as const).flatMap((scheme) =>
    SIZES.map((size) => ({ scheme, ...size })),
  );

  test.each(cases)('every view, $scheme at $width', async ({ scheme, width, height }) => {
    const view = await openService(browser, server.url, { scheme, width, height });
    for (const [name, step] of VIEWS) {
      await step(view);
      await view.settled();
      const overflow = await view.page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(overflow, `${name} is wider than the window`).toBe(0);
      await view.page.screenshot({ path: join(FOLDER, `${name}-${scheme}-${width}.png`) });
    }
    await view.close();
  });

  test('without a server', async () => {
    const view = await openPage(browser, 'about:blank');
    await view.page.route('**/api/**', (route) => route.abort());
    await view.page.goto(server.url);
    await view.page.getByText('No whygo server answers here').waitFor();
    await view.page.screenshot({ path: join(FOLDER, 'no-server-light-1280.png') });
    view.errors.length = 0;
    await view.close();
  });
});
