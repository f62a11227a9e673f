/** Files that are dropped on the page: opened in the tab, with no server at all. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startBrowser } from './browser.ts';
import { dropFile, openPage, openService } from './page.ts';
import { RECORDING, type Server, startServer } from './server.ts';

const started = await startBrowser();
const skipped = started.missing === undefined ? '' : ` (skipped: ${started.missing})`;

function recorded(type: string): { readonly name: string; readonly bytes: Uint8Array } {
  const folder = join(RECORDING, 'shop');
  const name = readdirSync(folder).find((file) => file.endsWith(`-${type}.pb.gz`));
  if (name === undefined) throw new Error(`the recording has no ${type} profile`);
  return { name, bytes: readFileSync(join(folder, name)) };
}

describe.skipIf(started.missing !== undefined)(`a dropped file${skipped}`, () => {
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

  test('opens with the network cut', async () => {
    const view = await openService(browser, server.url);
    // The decoders are loaded after the first screen, so that they need no network later.
    await view.page.waitForFunction(() =>
      performance.getEntriesByType('resource').some(({ name }) => /\/file-[^/]+\.js$/.test(name)),
    );
    await view.settled();
    await view.page.route('**/*', (route) => route.abort());
    const { name, bytes } = recorded('heap');
    await dropFile(view.page, name, bytes);
    await view.page.getByRole('listitem').filter({ hasText: name }).waitFor();
    await view.flame.waitFor();
    expect(await view.sentenceText()).toMatch(/live objects/);
    expect(view.query().get('page')).toBe('file');
    await view.page.getByRole('tab', { name: 'Table' }).click();
    const rows = view.page.locator('.profile__body').getByRole('row');
    await expect.poll(() => rows.count()).toBeGreaterThan(3);
    await view.close();
  });

  test('that is no profile is refused with a reason', async () => {
    const view = await openService(browser, server.url);
    await dropFile(view.page, 'notes.txt', new TextEncoder().encode('milk, eggs\n'));
    const alert = view.page.getByRole('alert');
    await alert.waitFor();
    expect((await alert.textContent())?.length).toBeGreaterThan(20);
    await view.close();
  });

  test('a page without a server says how to start one, and still opens files', async () => {
    const view = await openPage(browser, 'about:blank');
    await view.page.route('**/api/**', (route) => route.abort());
    await view.page.goto(server.url);
    await view.page.getByText('No whygo server answers here').waitFor();
    const { name, bytes } = recorded('cpu');
    await dropFile(view.page, name, bytes);
    await view.flame.waitFor();
    expect(await view.sentenceText()).toMatch(/of CPU/);
    // Requests that were cut are reported by the browser; nothing else may be.
    view.errors.splice(0, view.errors.length, ...view.errors.filter(isNotNetwork));
    await view.close();
  });
});

function isNotNetwork(text: string): boolean {
  return !text.includes('net::ERR_FAILED');
}
