/** Goroutine dumps on the page: dropped ones, several of them, and what a server has collected. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Locator } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startBrowser } from './browser.ts';
import { dropFiles, openPage, openService, type TestPage } from './page.ts';
import { type Server, startPprof, startServer } from './server.ts';

const FIXTURES = join(import.meta.dirname, '../fixtures/goroutines');
const SHOTS = join(import.meta.dirname, 'screenshots');
const SCHEMES = ['light', 'dark'] as const;

const started = await startBrowser();
const skipped = started.missing === undefined ? '' : ` (skipped: ${started.missing})`;

const fixture = (name: string) => ({ name, bytes: readFileSync(join(FIXTURES, name)) });
const LEAK = 'leak-go1.26.8-leak.debug2.txt';
const EARLY = 'leak-go1.26.8-leak.early.debug2.txt';
const DEADLOCK = 'partial-go1.26.8.debug2.txt';

describe.skipIf(started.missing !== undefined)(`goroutines${skipped}`, () => {
  let server: Server;
  let browser: Browser;

  beforeAll(async () => {
    if (started.browser === undefined) return;
    browser = started.browser;
    mkdirSync(SHOTS, { recursive: true });
    server = await startServer();
  });

  afterAll(async () => {
    await started.browser?.close();
    await server.stop();
  });

  async function dropped(
    names: readonly string[],
    scheme: 'light' | 'dark' = 'light',
  ): Promise<TestPage> {
    const view = await openPage(browser, server.url, { scheme });
    await view.settled();
    await dropFiles(view.page, names.map(fixture));
    await groups(view).first().waitFor();
    return view;
  }

  const groups = ({ page }: TestPage): Locator =>
    page.getByRole('table', { name: 'Groups of goroutines' }).locator('tbody tr');
  const part = (view: TestPage, name: string) =>
    view.page
      .getByRole('group', { name: 'Part' })
      .getByRole('button', { name, exact: true })
      .click();
  const shot = async (view: TestPage, name: string) => {
    await view.settled();
    await view.page.screenshot({ path: join(SHOTS, `${name}-1280.png`) });
  };

  test('a dump opens as a table of its groups, with the stack of the selected one', async () => {
    const view = await dropped([LEAK]);
    expect(view.query().get('view')).toBe('goroutines');
    expect(await groups(view).first().textContent()).toMatch(/20.*chan send.*main\.leakSend/);
    const details = view.page.getByRole('complementary', { name: 'Selected group' });
    expect(await details.textContent()).toMatch(/20 goroutines in chan send.*created by/);
    await groups(view).nth(1).click();
    await expect.poll(() => details.textContent()).not.toMatch(/chan send/);
    await view.close();
  });

  test('groups by state, and finds what is searched for', async () => {
    const view = await dropped([LEAK]);
    const before = await groups(view).count();
    await view.page.getByRole('button', { name: 'state', exact: true }).click();
    expect(await view.waitForQuery('by')).toBe('state');
    await expect.poll(() => groups(view).count()).toBeLessThan(before);
    await view.page.getByRole('searchbox').fill('leakSelect');
    await expect.poll(() => groups(view).count()).toBe(1);
    await view.close();
  });

  test('is a flame graph by count, too', async () => {
    const view = await dropped([LEAK]);
    await view.page.getByRole('tab', { name: 'Flame' }).click();
    await view.flame.waitFor();
    expect(await view.sentenceText()).toMatch(/\d+ goroutines/);
    await view.close();
  });

  test.each(SCHEMES)('several dumps show growth and lives, %s', async (scheme) => {
    const view = await dropped([EARLY, LEAK], scheme);
    const dumps = view.page.getByRole('group', { name: /dumps, goroutines in each/ });
    expect(await dumps.getByRole('button').count()).toBe(2);
    await shot(view, `goroutines-groups-${scheme}`);
    await dumps.getByRole('button').first().click();
    expect(await view.waitForQuery('dump')).toBe('1');
    await part(view, 'lifelines');
    const lanes = view.page
      .getByRole('table', { name: 'Goroutines over the dumps' })
      .locator('tbody tr');
    await expect.poll(() => lanes.count()).toBeGreaterThan(10);
    await shot(view, `goroutines-lifelines-${scheme}`);
    await view.close();
  });

  test.each(SCHEMES)('a circle of waits is drawn, with what is inferred, %s', async (scheme) => {
    const view = await dropped([DEADLOCK], scheme);
    await part(view, 'waits');
    const circle = view.page.getByRole('img', { name: /Probably a deadlock/ });
    expect(await circle.getAttribute('aria-label')).toMatch(
      /goroutine \d+ waits for mutex 0x[0-9a-f]+, which goroutine \d+ probably holds/,
    );
    expect(await circle.locator('.waits__edge--inferred').count()).toBe(2);
    await shot(view, `goroutines-waits-${scheme}`);
    await view.close();
  });

  test('a link brings the view back, and the keys lead to it', async () => {
    const view = await openPage(browser, `${server.url}/?page=file&view=goroutines&by=creator`);
    await view.settled();
    await dropFiles(view.page, [fixture(LEAK)]);
    await groups(view).first().waitFor();
    expect(view.query().get('by')).toBe('creator');
    await view.page.keyboard.press('Shift+K');
    await expect.poll(() => view.query().get('view')).toBe('waits');
    await view.close();
  });

  test('what a server has collected opens as well', async () => {
    const view = await openService(browser, server.url);
    await view.page.getByRole('button', { name: 'goroutine', exact: true }).click();
    await view.page.getByRole('tab', { name: 'Goroutines' }).click();
    await groups(view).first().waitFor();
    expect(await groups(view).count()).toBeGreaterThan(3);
    await shot(view, 'goroutines-collected-light');
    await view.close();
  });

  test('so does one profile under whygo pprof -http', async () => {
    const one = await startPprof([join(FIXTURES, 'leak-go1.26.8.pb.gz')]);
    try {
      const view = await openPage(browser, one.url);
      await view.page.getByRole('tab', { name: 'Goroutines' }).click();
      await groups(view).first().waitFor();
      expect(await groups(view).first().textContent()).toMatch(/20.*chan send.*main\.leakSend/);
      await view.close();
    } finally {
      await one.stop();
    }
  });
});
