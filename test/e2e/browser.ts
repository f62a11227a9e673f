/**
 * A Chromium for the browser tests: the machine's own, else the one that @sparticuz/chromium carries
 * as a development dependency. Nothing is downloaded and no profile of a person is touched.
 */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { type Browser, chromium } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];
const ELSEWHERE = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
];
const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

export type StartedBrowser =
  | { readonly browser: Browser; readonly missing: undefined }
  | { readonly browser: undefined; readonly missing: string };

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** `WHYGO_CHROMIUM`, else what is on the PATH or where systems install it; undefined = none. */
export function installedBrowser(): string | undefined {
  const named = process.env.WHYGO_CHROMIUM;
  if (named !== undefined && named !== '') return named;
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  const onPath = NAMES.flatMap((name) => folders.map((folder) => join(folder, name)));
  return [...onPath, ...ELSEWHERE].find(isExecutable);
}

async function launch(executablePath: string, more: readonly string[] = []): Promise<Browser> {
  // Playwright gives every launch a user data folder of its own and removes it afterwards.
  return await chromium.launch({ executablePath, args: [...FLAGS, ...more], timeout: 30_000 });
}

/** A running browser, or why there can be none on this machine. */
export async function startBrowser(): Promise<StartedBrowser> {
  const installed = installedBrowser();
  const reasons: string[] = [];
  if (installed !== undefined) {
    try {
      return { browser: await launch(installed), missing: undefined };
    } catch (cause) {
      reasons.push(`${installed}: ${firstLine(cause)}`);
    }
  }
  try {
    const carried = (await import('@sparticuz/chromium')).default;
    return {
      browser: await launch(await carried.executablePath(), carried.args),
      missing: undefined,
    };
  } catch (cause) {
    reasons.push(`the carried Chromium: ${firstLine(cause)}`);
  }
  return { browser: undefined, missing: `no browser starts here (${reasons.join('; ')})` };
}

function firstLine(cause: unknown): string {
  const text = cause instanceof Error ? cause.message : String(cause);
  return text.split('\n')[0] ?? text;
}
