/** The page of `whygo pprof -http` on real profiles, in a real browser: every view by its address. */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startBrowser } from './browser.ts';
import { keyboardDoc, keyboardPage, partsOf, profilePart, readSections } from './keyboard.ts';
import { dropFile, type OpenOptions, openPage, type TestPage } from './page.ts';
import { type Server, startPprof } from './server.ts';

const PROFILES = fileURLToPath(new URL('../fixtures/profiles', import.meta.url));
const SCREENSHOTS = fileURLToPath(new URL('./screenshots', import.meta.url));
const CPU = join(PROFILES, 'cpu-compile-net-http.pb.gz');
const OTHER_CPU = join(PROFILES, 'cpu-compile-go-types.pb.gz');
const HEAP = join(PROFILES, 'heap-compile-go-types.pb.gz');

/** Two functions that show in a CPU profile, one inlined into the other. */
const PROGRAM = `package main

import (
	"os"
	"runtime/pprof"
	"strings"
)

func cheap(names []string) float64 {
	sum := 0.0
	for _, name := range names {
		if strings.Contains(name, "7") {
			sum += weight(len(name))
		}
	}
	return sum
}

func weight(n int) float64 { return float64(n*n%7) / 3 }

func main() {
	f, _ := os.Create("cpu.pb.gz")
	pprof.StartCPUProfile(f)
	names := strings.Split(strings.Repeat("order-1234567 order-89 ", 50000), " ")
	total := 0.0
	for range 300 {
		total += cheap(names)
	}
	pprof.StopCPUProfile()
	f.Close()
	println(total)
}
`;

const started = await startBrowser();
const skipped = started.missing === undefined ? '' : ` (skipped: ${started.missing})`;
const hasGo = spawnSync('go', ['version']).status === 0;

/** Machines that run tests are busy. */
const poll = <T>(read: () => T) => expect.poll(read, { timeout: 10_000 });

interface GoProgram {
  readonly folder: string;
  readonly binary: string;
  readonly profile: string;
}

/** Builds and profiles the program above. */
function goProgram(): GoProgram {
  const folder = mkdtempSync(join(tmpdir(), 'whygo-page-'));
  writeFileSync(join(folder, 'main.go'), PROGRAM);
  writeFileSync(join(folder, 'go.mod'), 'module example.com/orders\n\ngo 1.22\n');
  execFileSync('go', ['build', '-o', 'orders', '.'], { cwd: folder });
  execFileSync('./orders', { cwd: folder, stdio: 'ignore' });
  return { folder, binary: join(folder, 'orders'), profile: join(folder, 'cpu.pb.gz') };
}

describe.skipIf(started.missing !== undefined)(`the page on one profile${skipped}`, () => {
  const settings = mkdtempSync(join(tmpdir(), 'whygo-settings-'));
  let browser: Browser;
  let server: Server;

  beforeAll(async () => {
    if (started.browser === undefined) return;
    browser = started.browser;
    server = await startPprof([CPU], { XDG_CONFIG_HOME: settings, HOME: settings });
  });

  afterAll(async () => {
    await started.browser?.close();
    await server.stop();
    rmSync(settings, { recursive: true });
  });

  const open = (address: string, options: OpenOptions = {}): Promise<TestPage> =>
    openPage(browser, `${server.url}/${address}`, options);
  const path = (view: TestPage): string => new URL(view.page.url()).pathname;

  test('the root leads to the flame graph, and so do addresses of older pprofs', async () => {
    for (const address of ['', 'ui', 'ui/', 'flamegraph', 'ui/flamegraph2', 'ui/flamegraphold']) {
      const answer = await fetch(`${server.url}/${address}?si=samples`);
      expect(new URL(answer.url).pathname + new URL(answer.url).search).toBe(
        '/ui/flamegraph?si=samples',
      );
    }
    expect((await fetch(`${server.url}/ui/nothing`)).status).toBe(404);
  });

  test('other hosts and other origins are refused', async () => {
    const { hostname, port } = new URL(server.url);
    const { request } = await import('node:http');
    const status = await new Promise((resolve, reject) => {
      const headers = { host: `evil.example:${port}` };
      request({ hostname, port, path: '/ui/api/v1/head', headers }, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      })
        .once('error', reject)
        .end();
    });
    expect(status).toBe(403);
    const foreign = { method: 'POST', headers: { origin: 'http://evil.example' } };
    expect((await fetch(`${server.url}/ui/saveconfig?config=x`, foreign)).status).toBe(403);
    // A link or picture elsewhere cannot change anything.
    expect((await fetch(`${server.url}/ui/deleteconfig?config=x`)).status).toBe(404);
  });

  test('the download is the profile', async () => {
    const answer = await fetch(`${server.url}/ui/download`);
    expect(answer.headers.get('content-disposition')).toContain('profile.pb.gz');
    const bytes = new Uint8Array(await answer.arrayBuffer());
    expect([bytes[0], bytes[1]]).toEqual([0x1f, 0x8b]);
  });

  test('the flame graph obeys the parameters of its address, and writes them', async () => {
    const view = await open('ui/flamegraph?f=types2&noinlines=t&si=samples');
    await view.flame.waitFor();
    await view.page.getByText('focus types2').waitFor();
    await view.page.getByText('no inlines on').waitFor();
    expect(await view.page.getByLabel('Sample type').inputValue()).toBe('samples');
    await view.page.getByRole('button', { name: 'Remove focus types2' }).click();
    await view.waitForQuery('f', false);
    expect(view.query().get('noinlines')).toBe('t');
    await view.page.getByRole('button', { name: /^Filter/ }).click();
    await view.page.getByLabel('show from').fill('noder');
    await view.page.getByLabel('show from').press('Enter');
    expect(await view.waitForQuery('sf')).toBe('noder');
    await view.page.goBack();
    await view.waitForQuery('sf', false);
    await view.close();
  });

  test('an expression that matches nothing is said, and taken back by one button', async () => {
    const view = await open('ui/flamegraph?f=no-such-function');
    await view.page.getByText('Focus expression matched no samples').waitFor();
    await view.page.getByRole('button', { name: 'Remove all filters' }).click();
    await view.flame.waitFor();
    expect(view.query().has('f')).toBe(false);
    await view.close();
  });

  test('top, and the views of the bar, have addresses of their own', async () => {
    const view = await open('ui/top');
    await view.page.getByRole('row').nth(10).waitFor();
    for (const [tab, address] of [
      ['Graph', '/ui/graph'],
      ['Peek', '/ui/peek'],
      ['Source', '/ui/source'],
      ['Assembly', '/ui/disasm'],
      ['Flame', '/ui/flamegraph'],
    ] as const) {
      await view.page.getByRole('tab', { name: tab, exact: true }).click();
      await poll(() => path(view)).toBe(address);
    }
    await view.close();
  });

  test('pprof’s pivot opens the sandwich', async () => {
    const view = await open('ui/flamegraph?p=^runtime\\.mallocgc$');
    await poll(() => view.flame.count()).toBe(2);
    expect(view.query().get('p')).toBe('^runtime\\.mallocgc$');
    await view.close();
  });

  test('a click in the graph selects, a search lights, a double click peeks', async () => {
    const view = await open('ui/graph');
    const nodes = view.page.locator('.graph-node');
    await poll(() => nodes.count()).toBeGreaterThan(20);
    const main = view.page.getByRole('button', { name: /gc\.Main: total/ });
    await main.click();
    await view.page.locator('.details__name', { hasText: 'gc.Main' }).waitFor();
    await poll(() => view.page.locator('.graph-node--selected').count()).toBe(1);
    await view.page.keyboard.press('ArrowUp');
    await view.page.locator('.details__name', { hasText: 'runtime.main' }).waitFor();
    await view.page.getByRole('searchbox', { name: 'Search frames' }).fill('mallocgc');
    await poll(() => view.page.locator('.graph-node--lit').count()).toBeGreaterThan(0);
    await main.dblclick();
    await poll(() => path(view)).toBe('/ui/peek');
    expect(view.query().get('f')).toBe('^cmd/compile/internal/gc\\.Main$');
    await view.close();
  });

  test('peek goes from neighbour to neighbour', async () => {
    const view = await open('ui/peek?f=gc.Main$');
    await view.page.getByRole('table', { name: /Callers and callees of .*gc\.Main$/ }).waitFor();
    await view.page.getByRole('button', { name: 'main.main', exact: true }).click();
    await view.page.getByRole('table', { name: 'Callers and callees of main.main' }).waitFor();
    expect(view.query().get('f')).toBe('^main\\.main$');
    await view.close();
  });

  test('options are saved under a name, where pprof keeps them, and deleted', async () => {
    const view = await open('ui/flamegraph?f=types2&g=lines');
    const menu = view.page.getByRole('button', { name: 'Named configurations' });
    await menu.click();
    await view.page.getByRole('menuitem', { name: /^Save/ }).click();
    await view.page.getByLabel('Name of these options').fill('type checker');
    await view.page.keyboard.press('Enter');
    await poll(() => menu.textContent()).toContain('type checker');
    const saved = readFileSync(join(settings, 'pprof', 'settings.json'), 'utf8');
    expect(JSON.parse(saved).configs).toMatchObject([{ name: 'type checker', focus: 'types2' }]);
    await menu.click();
    await view.page.getByRole('menuitemradio', { name: 'Default' }).click();
    await view.waitForQuery('f', false);
    await menu.click();
    await view.page.getByRole('menuitemradio', { name: 'type checker' }).click();
    expect(await view.waitForQuery('f')).toBe('types2');
    await menu.click();
    await view.page.getByRole('button', { name: 'Delete the configuration type checker' }).click();
    await poll(() => readFileSync(join(settings, 'pprof', 'settings.json'), 'utf8')).not.toContain(
      'type checker',
    );
    await view.close();
  });

  test('a profile dropped on the right half is compared with', async () => {
    const view = await open('ui/flamegraph');
    await view.flame.waitFor();
    await dropFile(view.page, 'before.pb.gz', readFileSync(OTHER_CPU), 1000);
    await view.page.getByText('against before.pb.gz').waitFor();
    await view.page.getByText('the same', { exact: true }).waitFor();
    await view.page.getByRole('button', { name: 'Stop comparing with before.pb.gz' }).click();
    await view.page.getByText('against').waitFor({ state: 'detached' });
    await view.close();
  });

  test('the keys that only this page has are in the documentation', async () => {
    const view = await open('ui/graph');
    await view.page.locator('.graph-node').first().waitFor();
    await view.page.keyboard.press('?');
    const sheet = view.page.getByRole('dialog', { name: 'Keys' });
    await sheet.waitFor();
    const sections = await sheet.locator('section').evaluateAll(readSections);
    const parts = partsOf(readFileSync(keyboardDoc, 'utf8'));
    const written = keyboardPage({ ...parts, profile: profilePart(sections, parts.page) });
    if (process.env.WHYGO_WRITE_DOCS === '1') writeFileSync(keyboardDoc, written);
    expect(readFileSync(keyboardDoc, 'utf8')).toBe(written);
    await view.close();
  });

  test('-diff_base is a differential flame graph, and options of the command line hold', async () => {
    const other = await startPprof([`-diff_base=${OTHER_CPU}`, '-focus=runtime', CPU]);
    const view = await openPage(browser, other.url);
    await view.page.getByText('against cpu-compile-go-types.pb.gz').waitFor();
    await view.page.getByText('the same', { exact: true }).waitFor();
    expect(view.query().get('f')).toBe('runtime');
    await view.close();
    await other.stop();
  });

  test('Shift+R reads a file that has changed', async () => {
    const file = join(settings, 'changing.pb.gz');
    copyFileSync(CPU, file);
    const other = await startPprof([file]);
    const view = await openPage(browser, `${other.url}/ui/top`);
    await view.page.getByRole('row').nth(5).waitFor();
    const before = await view.sentenceText();
    copyFileSync(HEAP, file);
    await view.page.keyboard.press('Shift+R');
    await view.sentenceAfter(before);
    expect(await view.sentenceText()).toMatch(/live objects/);
    await view.close();
    await other.stop();
  });

  test('a dropped file has graph and peek, and says what source needs', async () => {
    const view = await open('ui/flamegraph');
    await view.flame.waitFor();
    await dropFile(view.page, 'heap.pb.gz', readFileSync(HEAP), 100);
    await view.waitForQuery('page');
    await view.page.getByText(/live objects/).waitFor();
    await view.page.getByRole('tab', { name: 'Graph' }).click();
    await poll(() => view.page.locator('.graph-node').count()).toBeGreaterThan(20);
    await view.page.getByRole('tab', { name: 'Peek' }).click();
    await view.page
      .getByRole('table', { name: /Callers and callees/ })
      .first()
      .waitFor();
    for (const tab of ['Source', 'Assembly']) {
      await view.page.getByRole('tab', { name: tab }).click();
      await view.page.getByText('whygo pprof -http=: [binary] profile').waitFor();
    }
    await view.page.getByRole('tab', { name: 'Flame' }).click();
    await dropFile(view.page, 'before.pb.gz', readFileSync(HEAP), 1000);
    await view.page.getByText('heap.pb.gz against before.pb.gz').first().waitFor();
    await view.page.getByText('the same', { exact: true }).waitFor();
    await view.close();
  });

  test.skipIf(!hasGo)('source has the lines, and a line its machine code (needs go)', async () => {
    const program = goProgram();
    const other = await startPprof([program.binary, program.profile]);
    const view = await openPage(browser, `${other.url}/ui/source?f=main.cheap`);
    const line = view.page.getByRole('row').filter({ hasText: 'strings.Contains' });
    await line.waitFor();
    expect(await line.textContent()).toMatch(/ms|s/);
    await line.getByRole('button', { name: '12' }).click();
    await view.page.locator('.source__asm').first().waitFor();
    await view.page.getByRole('tab', { name: 'Assembly' }).click();
    await view.page.getByRole('table', { name: 'Instructions of main.cheap' }).waitFor();
    await view.close();
    await other.stop();
    rmSync(program.folder, { recursive: true });
  });

  const SIZES = [
    { width: 1280, height: 800 },
    { width: 1920, height: 1080 },
  ] as const;
  const cases = (['light', 'dark'] as const).flatMap((scheme) =>
    SIZES.map((size) => ({ scheme, ...size })),
  );

  test.each(cases)('a picture of every view, $scheme at $width', async (options) => {
    mkdirSync(SCREENSHOTS, { recursive: true });
    const program = hasGo ? goProgram() : undefined;
    const code = program && (await startPprof([program.binary, program.profile]));
    const compared = await startPprof([`-base=${OTHER_CPU}`, CPU]);
    const views: readonly (readonly [name: string, address: string])[] = [
      ['flame', `${server.url}/ui/flamegraph?f=types2`],
      ['top', `${server.url}/ui/top`],
      ['graph', `${server.url}/ui/graph`],
      ['peek', `${server.url}/ui/peek?f=gc.Main$`],
      ['diff', `${compared.url}/ui/flamegraph`],
      ...(code === undefined
        ? []
        : ([
            ['source', `${code.url}/ui/source?f=main.cheap`],
            ['disasm', `${code.url}/ui/disasm?f=main.cheap`],
          ] as const)),
    ];
    for (const [name, address] of views) {
      const view = await openPage(browser, address, options);
      await view.sentence.waitFor();
      await view.settled();
      if (name === 'graph') await view.page.locator('.graph-node').first().waitFor();
      const overflow = await view.page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(overflow, `${name} is wider than the window`).toBe(0);
      const file = `pprof-${name}-${options.scheme}-${options.width}.png`;
      await view.page.screenshot({ path: join(SCREENSHOTS, file) });
      await view.close();
    }
    await Promise.all([compared.stop(), code?.stop()]);
    if (program !== undefined && existsSync(program.folder)) {
      rmSync(program.folder, { recursive: true });
    }
  });
});
