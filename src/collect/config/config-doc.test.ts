/** docs/configuration.md lists every key that the configuration file may have, and no other. */
import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';

const read = (path: string) => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');

test('docs/configuration.md names every key of the schema', () => {
  const schema = read('src/collect/config/schema.ts');
  const keys = new Set([...schema.matchAll(/^\s+([a-z][a-z_]+):/gm)].map(([, key = '']) => key));
  for (const notAKey of ['code', 'message']) keys.delete(notAKey);
  expect(keys.size).toBeGreaterThan(30);
  const doc = read('docs/configuration.md');
  expect([...keys].filter((key) => !doc.includes(`\`${key}\``))).toEqual([]);
  const rows = [...doc.matchAll(/^\| `([a-z_]+)` \|/gm)].map(([, key = '']) => key);
  expect(rows.filter((key) => !keys.has(key))).toEqual([]);
});
