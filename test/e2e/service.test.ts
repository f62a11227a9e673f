/** The service view in a real browser, over the bundled recording. */
import { readFileSync, writeFileSync } from 'node:fs';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startBrowser } from './browser.ts';
import { keyboardDoc, keyboardPage, pagePart, partsOf, readSections } from './keyboard.ts';
import { openPage, openService } from './page.ts';
import { type Server, startServer } from './server.ts';

const started = await startBrowser();
const skipped = started.missing === undefined ? '' : ` (skipped: ${started.missing})`;

describe.skipIf(started.missing !== undefined)(`the service view${skipped}`, () => {
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

  test('the first screen is five tracks over a flame graph', async () => {
    const view = await openService(browser, server.url);
    expect(await view.waitForQuery('service')).toBe('shop');
    expect(await view.tracks.count()).toBe(5);
    const painted = await view.page.$$eval('.track canvas', (canvases) =>
      canvases.map((canvas) => {
        if (!(canvas instanceof HTMLCanvasElement)) return false;
        const { width, height } = canvas;
        const pixels = canvas.getContext('2d')?.getImageData(0, 0, width, height - 2).data ?? [];
        return pixels.some((value) => value !== 0);
      }),
    );
    expect(painted).toEqual([true, true, true, true, true]);
    expect(await view.sentenceText()).toMatch(/of CPU/);
    await view.close();
  });

  test('a drag selects a range, and the profile is that of the range; Back widens again', async () => {
    const view = await openService(browser, server.url);
    const whole = await view.sentenceText();
    await view.drag(0.1, 0.3);
    await view.range('selection').waitFor();
    const part = await view.sentenceAfter(whole);
    expect(part).toMatch(/of CPU/);
    const from = Number(await view.waitForQuery('from'));
    expect(Number(view.query().get('to'))).toBeGreaterThan(from);
    await view.page.goBack();
    await view.waitForQuery('from', false);
    expect(await view.sentenceAfter(part)).toBe(whole);
    await view.close();
  });

  test('a second range gives a difference: the earlier one is A', async () => {
    const view = await openService(browser, server.url);
    const whole = await view.sentenceText();
    await view.drag(0.6, 0.9);
    const later = await view.sentenceAfter(whole);
    await view.drag(0.1, 0.4, 'Shift');
    await view.range('base').waitFor();
    await view.range('compared').waitFor();
    const base = Number(await view.waitForQuery('baseFrom'));
    expect(base).toBeLessThan(Number(view.query().get('from')));
    await view.page.getByText('the same', { exact: true }).waitFor();
    expect(await view.sentenceText()).not.toBe('');

    await view.page.getByRole('button', { name: 'Swap the ranges' }).click();
    await expect.poll(() => Number(view.query().get('from'))).toBe(base);
    await view.page.keyboard.press('Escape');
    await view.waitForQuery('baseFrom', false);
    expect(later).not.toBe(whole);
    await view.close();
  });

  test('a click on a finding selects its range, focuses its frames and lights them', async () => {
    const view = await openService(browser, server.url);
    expect(await view.findings.count()).toBeGreaterThan(0);
    await view.findings.first().getByRole('button').click();
    const strip = view.page.getByRole('complementary', { name: /^Finding/ });
    await strip.waitFor();
    await strip.getByText('Evidence', { exact: true }).waitFor();
    await view.range('selection').waitFor();
    await view.waitForQuery('focus');
    await view.page.locator('.about__matches').waitFor();
    expect(await view.page.locator('.about__matches').textContent()).toMatch(/\d.*%/);

    await view.page.getByRole('button', { name: 'Close the finding' }).click();
    await strip.waitFor({ state: 'detached' });
    await view.close();
  });

  test('a search lights frames and shows their total', async () => {
    const view = await openService(browser, server.url);
    await view.page.keyboard.press('/');
    await view.page.keyboard.type('runtime\\.(malloc|gc)');
    const matched = view.page.locator('.about__matches');
    await matched.waitFor();
    expect(await matched.textContent()).toMatch(/^\d+ functions · self .*\d.*%.* · total .*\d.*%$/);
    await expect.poll(() => view.query().get('search')).toBe('runtime\\.(malloc|gc)');
    await view.close();
  });

  test('everything is reached by keys alone', async () => {
    const view = await openService(browser, server.url);
    const { keyboard } = view.page;
    const whole = await view.sentenceText();
    await keyboard.press('x');
    await expect.poll(() => view.axis.evaluate((el) => el === document.activeElement)).toBe(true);
    for (let i = 0; i < 12; i++) await keyboard.press('ArrowRight');
    await keyboard.press('[');
    for (let i = 0; i < 30; i++) await keyboard.press('ArrowRight');
    await keyboard.press(']');
    await view.range('selection').waitFor();
    await view.sentenceAfter(whole);
    // The cursor's values are read out.
    expect(await view.axis.locator('[aria-live]').textContent()).toMatch(/CPU .*heap/);

    await keyboard.press('b');
    await view.range('base').waitFor();
    await keyboard.press('Escape');
    await view.range('base').waitFor({ state: 'detached' });
    await keyboard.press('Escape');
    await view.range('selection').waitFor({ state: 'detached' });

    await keyboard.press('2');
    expect(await view.waitForQuery('view')).toBe('table');
    await keyboard.press('1');
    await view.flame.waitFor();
    await keyboard.press('Control+k');
    await keyboard.type('targets');
    await keyboard.press('Enter');
    expect(await view.waitForQuery('page')).toBe('targets');
    await view.close();
  });

  test('keys go to what is under the pointer, also after a drag elsewhere', async () => {
    const view = await openService(browser, server.url);
    await view.drag(0.2, 0.6);
    const flame = await view.flame.boundingBox();
    const axis = await view.page.locator('.axis-overlay').boundingBox();
    if (flame === null || axis === null) throw new Error('not on the screen');
    await view.page.mouse.move(flame.x + flame.width / 4, flame.y + 60);
    await view.page.keyboard.press('w');
    await view.waitForQuery('width');
    expect(view.query().has('winFrom')).toBe(false);
    await view.page.mouse.move(axis.x + axis.width / 2, axis.y + 20);
    await view.page.keyboard.press('w');
    await view.waitForQuery('winFrom');
    await view.close();
  });

  test('the URL brings the whole view back in a new page', async () => {
    const view = await openService(browser, server.url);
    const whole = await view.sentenceText();
    await view.drag(0.2, 0.7);
    const part = await view.sentenceAfter(whole);
    await view.page.getByRole('button', { name: 'heap', exact: true }).click();
    await view.sentenceAfter(part);
    await view.page.keyboard.press('/');
    await view.page.keyboard.type('shop|demo');
    await expect.poll(() => view.query().get('search')).toBe('shop|demo');
    const there = await openService(browser, view.page.url());
    await expect.poll(() => there.sentenceText()).toBe(await view.sentenceText());
    expect(await there.range('selection').textContent()).toBe(
      await view.range('selection').textContent(),
    );
    expect(await there.page.getByRole('searchbox').inputValue()).toBe('shop|demo');
    await view.close();
    await there.close();
  });

  test('? lists every key of the command table', async () => {
    const view = await openService(browser, server.url);
    await view.page.keyboard.press('?');
    const sheet = view.page.getByRole('dialog', { name: 'Keys' });
    await sheet.waitFor();
    const ids = await sheet
      .locator('[data-command]')
      .evaluateAll((rows) => rows.map((row) => row.getAttribute('data-command')));
    for (const id of ['page.palette', 'axis.zoom-in', 'range.before', 'profile.search']) {
      expect(ids).toContain(id);
    }
    expect(new Set(ids).size).toBe(ids.length);
    // docs/keyboard.md is this sheet: WHYGO_WRITE_DOCS=1 writes it anew.
    const sections = await sheet.locator('section').evaluateAll(readSections);
    const doc = readFileSync(keyboardDoc, 'utf8');
    const written = keyboardPage({ ...partsOf(doc), page: pagePart(sections) });
    if (process.env.WHYGO_WRITE_DOCS === '1') writeFileSync(keyboardDoc, written);
    expect(readFileSync(keyboardDoc, 'utf8')).toBe(written);
    await view.page.keyboard.press('Escape');
    await sheet.waitFor({ state: 'hidden' });
    await view.close();
  });

  test('the drawings have tables with the same figures', async () => {
    const view = await openService(browser, server.url);
    await view.page.keyboard.press('t');
    const tracks = view.page.getByRole('region', { name: 'Tracks as a table' });
    await tracks.waitFor();
    expect(await tracks.getByRole('columnheader').count()).toBe(6);
    expect(await tracks.getByRole('row').count()).toBeGreaterThan(5);
    await tracks.getByRole('rowheader').nth(2).getByRole('button').click();
    await view.range('selection').waitFor();
    await view.page.keyboard.press('2');
    const table = view.page.locator('.profile__body').getByRole('row');
    await expect.poll(() => table.count()).toBeGreaterThan(3);
    await view.close();
  });

  test('the wheel with Ctrl zooms at the pointer, and the drawing stays while it loads', async () => {
    const view = await openService(browser, server.url);
    const box = await view.page.locator('.axis-overlay').boundingBox();
    if (box === null) throw new Error('no axis');
    await view.page.mouse.move(box.x + box.width / 2, box.y + 20);
    await view.page.keyboard.down('Control');
    await view.page.mouse.wheel(0, -300);
    await view.page.keyboard.up('Control');
    await view.waitForQuery('winFrom');
    expect(await view.tracks.count()).toBe(5);
    await view.close();
  });

  test('a service that is not there is said, with those that are', async () => {
    const view = await openPage(browser, `${server.url}/?service=nobody`);
    await view.page.getByText('No service is called nobody').waitFor();
    await view.page.getByText('There is: shop').waitFor();
    await view.close();
  });
});
