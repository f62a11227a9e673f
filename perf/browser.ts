/**
 * The browser that benchmarks run in: the machine's Chrome or Chromium (CHROMIUM names another one),
 * else the one that @sparticuz/chromium carries.
 */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];

function installedBrowser(): string | undefined {
  const folders = (process.env.PATH ?? '').split(delimiter);
  const candidates = [
    process.env.CHROMIUM,
    ...folders.flatMap((folder) => NAMES.map((name) => join(folder, name))),
    '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  ];
  return candidates.find((path) => path !== undefined && existsSync(path));
}

async function carriedBrowser(): Promise<string> {
  const { default: carried } = await import('@sparticuz/chromium');
  return carried.executablePath();
}

export async function launchBrowser(): Promise<Browser> {
  const executablePath = installedBrowser() ?? (await carriedBrowser());
  return chromium.launch({ executablePath, headless: true, args: ['--no-sandbox'] });
}
