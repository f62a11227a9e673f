/** The Go modules of the project, held by their own tests. */
import { spawnSync } from 'node:child_process';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';

const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
const hasGo = spawnSync('go', ['version']).status === 0;

function go(module: string, ...args: string[]): { status: number | null; output: string } {
  const result = spawnSync('go', args, { cwd: join(root, module), encoding: 'utf8' });
  return { status: result.status, output: result.stdout + result.stderr };
}

describe.skipIf(!hasGo)('Go modules (needs go on the PATH)', () => {
  for (const module of ['agent', 'demo']) {
    test(`${module}: go vet ./...`, { timeout: 180_000 }, () => {
      const { status, output } = go(module, 'vet', './...');
      expect(status, output).toBe(0);
    });

    test(`${module}: go test ./...`, { timeout: 180_000 }, () => {
      const { status, output } = go(module, 'test', './...');
      expect(status, output).toBe(0);
    });
  }
});
