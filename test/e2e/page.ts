/**
 * What the browser tests do with a page, in words: open, drag on the axis, read the sentence.
 *
 * Selectors are roles and names where there are some, so that the tests hold what people (and screen
 * readers) hold on to.
 */
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { expect } from 'vitest';

export interface OpenOptions {
  readonly width?: number;
  readonly height?: number;
  readonly scheme?: 'light' | 'dark';
}

/** A page in a context of its own, which fails the test when the page reports an error. */
export class TestPage {
  readonly page: Page;
  readonly context: BrowserContext;
  /** Errors of scripts, and answers of our server that are not fine. */
  readonly errors: string[] = [];
  private pending = 0;

  constructor(context: BrowserContext, page: Page) {
    this.context = context;
    this.page = page;
    page.on('request', () => {
      this.pending += 1;
    });
    const answered = (): void => {
      this.pending -= 1;
    };
    page.on('requestfinished', answered);
    page.on('requestfailed', answered);
    page.on('pageerror', (error) => this.errors.push(error.stack ?? error.message));
    page.on('console', (message) => {
      if (message.type() === 'error') this.errors.push(message.text());
    });
  }

  get findings(): Locator {
    return this.page.getByRole('region', { name: 'Findings' }).getByRole('listitem');
  }

  get flame(): Locator {
    return this.page.locator('[aria-roledescription="flame graph"]');
  }

  get axis(): Locator {
    return this.page.getByRole('group', { name: /^Time axis/ });
  }

  get tracks(): Locator {
    return this.page.locator('.track');
  }

  /** The sentence that says what the profile counts, with its total. */
  get sentence(): Locator {
    return this.page.locator('.about__text');
  }

  range(kind: 'selection' | 'base' | 'compared'): Locator {
    return this.page.locator(`.rangeline [data-range="${kind}"]`);
  }

  async sentenceText(): Promise<string> {
    return (await this.sentence.textContent()) ?? '';
  }

  /** Waits until the sentence is another one. */
  async sentenceAfter(before: string): Promise<string> {
    await expect.poll(() => this.sentenceText(), { timeout: 10_000 }).not.toBe(before);
    return await this.sentenceText();
  }

  /** Drags over the tracks between two shares of their width. */
  async drag(from: number, to: number, modifier?: 'Shift' | 'Control'): Promise<void> {
    const box = await this.page.locator('.axis-overlay').boundingBox();
    if (box === null) throw new Error('the axis is not on the screen');
    const y = box.y + box.height / 3;
    if (modifier !== undefined) await this.page.keyboard.down(modifier);
    await this.page.mouse.move(box.x + from * box.width, y);
    await this.page.mouse.down();
    await this.page.mouse.move(box.x + to * box.width, y + 4, { steps: 4 });
    await this.page.mouse.up();
    if (modifier !== undefined) await this.page.keyboard.up(modifier);
    // Where nothing answers to a pointer: the bar's middle.
    await this.page.mouse.move(box.x + box.width / 2, 6);
  }

  /** The parameters of the address bar. */
  query(): URLSearchParams {
    return new URL(this.page.url()).searchParams;
  }

  async waitForQuery(key: string, there = true): Promise<string> {
    await expect.poll(() => this.query().has(key), { timeout: 5_000 }).toBe(there);
    return this.query().get(key) ?? '';
  }

  /** Waits until nothing is asked any more and what came is painted. */
  async settled(): Promise<void> {
    const painted = (): Promise<void> =>
      this.page.evaluate(
        () =>
          new Promise<void>((resolve) => {
            requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(resolve, 30)));
          }),
      );
    await painted();
    await expect.poll(() => this.pending, { timeout: 10_000, interval: 20 }).toBe(0);
    await painted();
  }

  /** Closes the page; throws when it had reported errors. */
  async close(): Promise<void> {
    await this.context.close();
    expect(this.errors).toEqual([]);
  }
}

export async function openPage(
  browser: Browser,
  url: string,
  { width = 1280, height = 800, scheme = 'light' }: OpenOptions = {},
): Promise<TestPage> {
  const context = await browser.newContext({
    viewport: { width, height },
    colorScheme: scheme,
    reducedMotion: 'reduce',
  });
  const opened = new TestPage(context, await context.newPage());
  await opened.page.goto(url);
  return opened;
}

/** Opens the service view and waits until tracks and profile are there. */
export async function openService(
  browser: Browser,
  url: string,
  options: OpenOptions = {},
): Promise<TestPage> {
  const opened = await openPage(browser, url, options);
  await opened.tracks.first().waitFor();
  await opened.flame.waitFor();
  return opened;
}

/** Drops a file of these bytes on the page, `x` pixels from its left edge, as a pointer would. */
export async function dropFile(page: Page, name: string, bytes: Uint8Array, x = 0): Promise<void> {
  await dropFiles(page, [{ name, bytes }], x);
}

/** Drops files together. */
export async function dropFiles(
  page: Page,
  files: readonly { readonly name: string; readonly bytes: Uint8Array }[],
  x = 0,
): Promise<void> {
  const encoded = files.map(({ name, bytes }) => ({
    fileName: name,
    base64: Buffer.from(bytes).toString('base64'),
  }));
  const transfer = await page.evaluateHandle((dropped) => {
    const data = new DataTransfer();
    for (const { fileName, base64 } of dropped) {
      const raw = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
      data.items.add(new File([raw], fileName));
    }
    return data;
  }, encoded);
  await page.dispatchEvent('body', 'dragover', { dataTransfer: transfer, clientX: x });
  await page.dispatchEvent('body', 'drop', { dataTransfer: transfer, clientX: x });
}
