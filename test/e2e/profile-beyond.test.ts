/**
 * What the page knows of one profile beyond pprof: notes, who, labels, time, both ways of comparing,
 * and a page that is saved and opened again without any server.
 */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startBrowser } from './browser.ts';
import { dropFiles, openPage, openService, type TestPage } from './page.ts';
import { RECORDING, type Server, startServer } from './server.ts';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const FIXTURES = here('../fixtures');
const CLI = here('../../dist/cli/main.js');
const SHOTS = here('./screenshots');
const SHOP = 'reading/cpu-shop-go1.26.8.pb.gz';

const started = await startBrowser();
const skipped = started.missing === undefined ? '' : ` (skipped: ${started.missing})`;
const scratch = mkdtempSync(join(tmpdir(), 'whygo-saved-'));

const plain = (text: string | null): string => (text ?? '').replaceAll('\u00a0', ' ');

function fixture(path: string): { readonly name: string; readonly bytes: Uint8Array } {
  return { name: path.slice(path.lastIndexOf('/') + 1), bytes: readFileSync(join(FIXTURES, path)) };
}

/** Heap captures of the bundled recording, in their order. */
function heaps(count: number) {
  const names = readdirSync(join(RECORDING, 'shop')).filter((name) => name.endsWith('-heap.pb.gz'));
  return names
    .sort()
    .slice(0, count)
    .map((name) => ({ name, bytes: readFileSync(join(RECORDING, 'shop', name)) }));
}

describe.skipIf(started.missing !== undefined)(`beyond pprof${skipped}`, () => {
  let server: Server;
  let browser: Browser;

  beforeAll(async () => {
    if (started.browser === undefined) return;
    browser = started.browser;
    mkdirSync(SHOTS, { recursive: true });
    server = await startServer();
  });

  afterAll(async () => {
    rmSync(scratch, { recursive: true, force: true });
    await started.browser?.close();
    await server.stop();
  });

  async function opened(
    files: readonly { readonly name: string; readonly bytes: Uint8Array }[],
    scheme: 'light' | 'dark' = 'light',
  ): Promise<TestPage> {
    const view = await openService(browser, server.url, { scheme });
    await dropFiles(view.page, files);
    await expect.poll(() => view.query().get('page')).toBe('file');
    await view.flame.waitFor();
    await view.page.locator('.notes__first').filter({ hasText: /./ }).waitFor();
    return view;
  }

  const tab = (view: TestPage, name: string) =>
    view.page.getByRole('tab', { name, exact: true }).click();

  test('says in one line what must be known, and the rest on demand', async () => {
    const view = await opened([fixture('reading/cpu-deep-go1.26.8.pb.gz')]);
    expect(plain(await view.page.locator('.notes__first').textContent())).toMatch(
      /cut at 64 frames/,
    );
    await view.page.getByRole('button', { name: /^How to read this/ }).click();
    const notes = view.page.locator('.notes__note');
    await expect.poll(() => notes.count()).toBeGreaterThan(1);
    expect(await notes.last().textContent()).toMatch(/does not see waiting/);
    expect(await notes.first().textContent()).toMatch(/maxCPUProfStack/);
    await view.close();
  });

  test('answers who, in words, by own function and line', async () => {
    const view = await opened([fixture('reading/mutex-waits-go1.26.8.pb.gz')]);
    await tab(view, 'Who');
    await view.page.getByRole('heading', { name: 'Who makes others wait?' }).waitFor();
    const first = view.page.locator('.who tbody tr').first();
    expect(plain(await first.textContent())).toMatch(/100 %.*counter\)\.add.*main\.go:\d+/);
    await first.getByRole('button', { name: /counter/ }).click();
    await view.waitForQuery('sandwich');
    await view.close();
  });

  test('labels: a table, a flame graph for each value, and a click that narrows', async () => {
    const view = await opened([fixture(SHOP)]);
    await tab(view, 'Labels');
    const values = view.page.locator('.labels-tab__values');
    await values.getByRole('button', { name: '/export' }).waitFor();
    expect(plain(await values.textContent())).toMatch(/\/export.*42\.9 %/);
    const graphs = view.page.getByRole('application', { name: /^Flame graph of endpoint/ });
    await expect.poll(() => graphs.count()).toBe(4);
    const widths = await graphs.evaluateAll((all) => all.map((one) => one.clientWidth));
    // One scale: 290 ms beside 450 ms.
    expect((widths[1] ?? 0) / (widths[0] ?? 1)).toBeCloseTo(290 / 450, 1);
    await view.page.getByRole('button', { name: 'Stack the flame graph under endpoint' }).click();
    await view.flame.waitFor();
    expect(await view.page.locator('.about').textContent()).toBeTruthy();
    await tab(view, 'Labels');
    await values.getByRole('button', { name: '/export' }).click();
    expect(await view.waitForQuery('label.endpoint')).toBe('/export');
    await expect.poll(async () => plain(await view.sentenceText())).toMatch(/450 ms of CPU/);
    await view.close();
  });

  test('labels, who and notes of a store, which keeps no samples', async () => {
    const view = await openService(browser, server.url);
    await tab(view, 'Labels');
    await view.page.getByRole('tab', { name: /^endpoint/ }).click();
    const graphs = view.page.getByRole('application', { name: /^Flame graph of endpoint/ });
    await expect.poll(() => graphs.count()).toBeGreaterThan(3);
    await tab(view, 'Who');
    await view.page.getByRole('heading', { name: 'Who uses the CPU?' }).waitFor();
    await view.page.getByRole('button', { name: /^How to read this/ }).click();
    await view.page.locator('.notes__note').filter({ hasText: 'idle for at least' }).waitFor();
    await view.close();
  });

  test('numeric labels are a distribution with their unit', async () => {
    const view = await opened([fixture('profiles/allocs-escape-go1.26.8.pb.gz')]);
    await tab(view, 'Labels');
    const bars = view.page.locator('.distribution li');
    await expect.poll(() => bars.count()).toBeGreaterThan(8);
    expect(plain(await bars.first().textContent())).toMatch(/^16 B to 32 B: /);
    await view.close();
  });

  test('the search adds up what it matches', async () => {
    const view = await opened([fixture(SHOP)]);
    await view.page.getByRole('searchbox', { name: 'Search frames' }).fill('main\\.export');
    const matches = view.page.locator('.about__matches');
    await expect
      .poll(async () => plain(await matches.textContent()))
      .toMatch(/1 function · self 0 0 % · total 450 ms 42\.9 %/);
    await view.close();
  });

  test('a part of the time of samples that tell theirs', async () => {
    const view = await opened([fixture('reading/wall-timed-go1.26.8.pb.gz')]);
    await tab(view, 'Time');
    const map = view.page.getByRole('application', { name: /^When the samples were taken/ });
    await map.waitFor();
    const box = await map.boundingBox();
    if (box === null) throw new Error('the heat map is not on the screen');
    // The fourth of six columns: the program sleeps.
    const x = box.x + (3.5 / 6) * box.width;
    await view.page.mouse.move(x, box.y + 0.12 * box.height);
    await view.page.mouse.down();
    await view.page.mouse.move(x, box.y + 0.88 * box.height, { steps: 4 });
    await view.page.mouse.up();
    expect(await view.waitForQuery('within')).toMatch(/^3\.\d+-3\.\d+$/);
    await tab(view, 'Who');
    await expect
      .poll(() => view.page.locator('.who__head p').textContent())
      .toMatch(/by way of time\.Sleep/);
    await view.page.goBack();
    await view.page.getByRole('button', { name: 'Show all' }).click();
    await view.waitForQuery('within', false);
    await view.close();
  });

  test('samples without a time offer no such view', async () => {
    const view = await opened([fixture(SHOP)]);
    expect(await view.page.getByRole('tab', { name: 'Time', exact: true }).count()).toBe(0);
    await view.close();
  });

  test('captures that are dropped together: select some, compare with others', async () => {
    const view = await opened(heaps(8));
    await tab(view, 'Time');
    const bars = view.page.locator('.captures__bar');
    await expect.poll(() => bars.count()).toBe(8);
    await bars.nth(6).click();
    await view.waitForQuery('from');
    await bars.nth(1).click({ modifiers: ['Shift'] });
    await view.waitForQuery('baseFrom');
    await view.page.getByText('the same', { exact: true }).waitFor();
    await view.page.getByRole('button', { name: 'same total' }).click();
    expect(await view.waitForQuery('diff')).toBe('total');
    await view.close();
  });

  test('files of unlike types are picked by type, and merged only with their like', async () => {
    const view = await opened([fixture(SHOP), ...heaps(2), fixture('collect/mutex-1.pb.gz')]);
    const types = view.page.locator('.toolbar__types button');
    await expect
      .poll(() => types.allTextContents())
      .toEqual(expect.arrayContaining(['cpu', 'heap', 'mutex']));
    await view.page.getByRole('button', { name: 'mutex', exact: true }).click();
    await expect.poll(async () => view.sentenceText()).toMatch(/waited for mutexes/);
    await view.close();
  });

  test('saved as HTML it opens from a file, with the view that was shown', async () => {
    const view = await opened([fixture(SHOP)]);
    await tab(view, 'Who');
    await view.page.getByRole('heading', { name: 'Who uses the CPU?' }).waitFor();
    await view.page.keyboard.press('Control+k');
    await view.page.keyboard.type('save as html');
    const download = view.page.waitForEvent('download');
    await view.page.keyboard.press('Enter');
    const path = join(scratch, 'saved.html');
    await (await download).saveAs(path);
    await view.close();
    await offline(path, async (saved) => {
      await saved.page.getByRole('heading', { name: 'Who uses the CPU?' }).waitFor();
      await saved.page.getByRole('tab', { name: 'Flame', exact: true }).click();
      await saved.flame.waitFor();
      expect(plain(await saved.sentenceText())).toMatch(/1\.05 s of CPU/);
      await saved.page.goBack();
      await saved.page.getByRole('heading', { name: 'Who uses the CPU?' }).waitFor();
    });
  });

  test('pprof -html makes the same page, with both sides of a comparison', async () => {
    const path = join(scratch, 'diff.html');
    const base = join(FIXTURES, 'profiles/cpu-compile-go-types.pb.gz');
    const profile = join(FIXTURES, 'profiles/cpu-compile-net-http.pb.gz');
    const args = [CLI, 'pprof', '-html', `-output=${path}`, `-diff_base=${base}`, profile];
    const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
    expect(stderr).toBe(`Generating report in ${path}\n`);
    expect(status).toBe(0);
    // The page itself is most of it.
    expect(statSync(path).size).toBeLessThan(1_500_000);
    await offline(path, async (saved) => {
      await saved.flame.waitFor();
      await saved.page.getByText('the same', { exact: true }).waitFor();
      await saved.page.getByRole('button', { name: 'same total' }).click();
      await saved.page.screenshot({ path: join(SHOTS, 'saved-diff-light-1280.png') });
    });
  });

  /** Opens a saved page with the network cut; nothing may even be tried. */
  async function offline(path: string, look: (saved: TestPage) => Promise<void>): Promise<void> {
    const saved = await openPage(browser, 'about:blank');
    await saved.context.setOffline(true);
    const asked: string[] = [];
    saved.page.on('request', (request) => asked.push(request.url()));
    await saved.page.goto(pathToFileURL(path).href);
    await look(saved);
    const elsewhere = asked.filter((url) => !/^(file|blob|data):/.test(url));
    expect(elsewhere).toEqual([]);
    await saved.close();
  }

  test.each(['light', 'dark'] as const)('pictures of every view, %s', async (scheme) => {
    const shop = await opened([fixture(SHOP)], scheme);
    const shot = async (view: TestPage, name: string): Promise<void> => {
      await view.settled();
      await view.page.screenshot({ path: join(SHOTS, `${name}-${scheme}-1280.png`) });
    };
    await tab(shop, 'Who');
    await shop.page.locator('.who tbody tr').first().waitFor();
    await shot(shop, 'who');
    await tab(shop, 'Labels');
    await shop.page.locator('.multiple').first().waitFor();
    await shot(shop, 'labels');
    await shop.page.getByRole('button', { name: /^How to read this/ }).click();
    await shot(shop, 'notes');
    await shop.close();
    const timed = await opened([fixture('reading/wall-timed-go1.26.8.pb.gz')], scheme);
    await tab(timed, 'Time');
    await timed.page.locator('.heatmap').waitFor();
    await shot(timed, 'time');
    await timed.close();
  });
});
