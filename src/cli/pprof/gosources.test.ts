import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { sourceReader } from './sourcefiles.ts';

const folder = mkdtempSync(join(tmpdir(), 'whygo-sources-'));
const at = (path: string) => join(folder, path);
const env = { GOROOT: at('goroot'), GOMODCACHE: at('cache'), HOME: at('home') };

function write(path: string, text = path): void {
  mkdirSync(dirname(at(path)), { recursive: true });
  writeFileSync(at(path), `${text}\n`);
}

beforeAll(() => {
  write('goroot/src/fmt/print.go');
  write('goroot/src/sort/sort.go');
  write('goroot/src/vendor/golang.org/x/net/http2/hpack/hpack.go');
  write('cache/github.com/!burnt!sushi/toml@v1.2.3/decode.go');
  write('cache/golang.org/toolchain@v0.0.1-go1.22.1.linux-amd64/src/fmt/print.go');
  write('project/go.mod', 'module example.com/Shop\n\ngo 1.26');
  write('project/cart/cart.go');
  write('project/vendor/github.com/BurntSushi/toml/lex.go');
  write('space/go.work', 'go 1.26\n\nuse (\n\t./api // the wire\n\t./app\n)');
  write('space/api/go.mod', 'module "example.com/api"');
  write('space/api/wire.go');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const said: string[] = [];
const message = (text: string) => said.push(text);

/** The first line of what is found for a name, or why nothing is. */
function found(name: string, from = 'project/cart'): string {
  const source = sourceReader(at(from), '', { env, message })(name);
  return 'error' in source ? `error: ${source.error}` : (source.lines[0] ?? '');
}

describe('a source file of a -trimpath build, or of another machine', () => {
  test.each([
    ['fmt/print.go', 'goroot/src/fmt/print.go'],
    ['$GOROOT/src/fmt/print.go', 'goroot/src/fmt/print.go'],
    ['/opt/hostedtoolcache/go/1.26.1/x64/go/src/fmt/print.go', 'goroot/src/fmt/print.go'],
    ['C:/Program Files/Go/src/fmt/print.go', 'goroot/src/fmt/print.go'],
    ['/home/ci/sdk/go1.25.7/src/fmt/print.go', 'goroot/src/fmt/print.go'],
    [
      'vendor/golang.org/x/net/http2/hpack/hpack.go',
      'goroot/src/vendor/golang.org/x/net/http2/hpack/hpack.go',
    ],
  ])('%s is of the standard library', (name, path) => {
    expect(found(name)).toBe(path);
  });

  test('is told of, with its release, as that may be another than the program was built with', () => {
    write('goroot/VERSION', 'go1.26.8');
    said.length = 0;
    found('fmt/print.go');
    expect(said).toEqual([
      `Sources of the standard library are those of ${at('goroot')} (go1.26.8)`,
    ]);
  });

  test('of a toolchain in the module cache is that one', () => {
    const name = 'golang.org/toolchain@v0.0.1-go1.22.1.linux-amd64/src/fmt/print.go';
    expect(found(`/home/ci/go/pkg/mod/${name}`)).toBe(`cache/${name}`);
    expect(found('/home/ci/sdk/go1.22.1/src/fmt/print.go')).toBe(`cache/${name}`);
  });

  test.each([
    'github.com/BurntSushi/toml@v1.2.3/decode.go',
    '/root/go/pkg/mod/github.com/!burnt!sushi/toml@v1.2.3/decode.go',
  ])('%s is in the module cache, where upper case is escaped', (name) => {
    expect(found(name)).toBe('cache/github.com/!burnt!sushi/toml@v1.2.3/decode.go');
  });

  test.each([
    'github.com/BurntSushi/toml@v1.2.3/lex.go',
    '/ci/shop/vendor/github.com/BurntSushi/toml/lex.go',
    '/root/go/pkg/mod/github.com/!burnt!sushi/toml@v1.2.3/lex.go',
  ])('%s is in the vendor folder', (name) => {
    expect(found(name)).toBe('project/vendor/github.com/BurntSushi/toml/lex.go');
  });

  test('of the main module is found by the path in go.mod, with a version or without', () => {
    expect(found('example.com/Shop/cart/cart.go')).toBe('project/cart/cart.go');
    expect(found('example.com/Shop@v1.0.1/cart/cart.go')).toBe('project/cart/cart.go');
    expect(found('/build/project/cart/cart.go')).toBe('project/cart/cart.go');
  });

  test('of a workspace is found in the module that has the path', () => {
    expect(found('example.com/api/wire.go', 'space/app')).toBe('space/api/wire.go');
  });

  test("is not taken for another file of the same name: that is pprof's error", () => {
    expect(found('/app/src/sort/sort.go')).toBe(
      'error: open /app/src/sort/sort.go: no such file or directory',
    );
    expect(found('example.org/other/cart.go')).toBe(
      `error: could not find file example.org/other/cart.go on path ${at('project/cart')}`,
    );
  });
});
