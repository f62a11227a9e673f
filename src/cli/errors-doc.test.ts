/** Every code that an error of ours can carry is explained in docs/errors.md, and nothing else is. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '..', '..');

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile() && /\.tsx?$/.test(entry.name))
    .filter((entry) => !/\.test\.tsx?$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name));
}

/** `new UserError('code', …`, `new FetchError('failure', …` and the server's own `answer(400, 'code'`. */
function codesIn(text: string): string[] {
  const made = [...text.matchAll(/new UserError\(\s*'([^']+)'/g)].map(([, code = '']) => code);
  const fetched = [...text.matchAll(/new FetchError\(\s*'([^']+)'/g)].map(([, f]) => `fetch-${f}`);
  const answered = [...text.matchAll(/answer\(\s*\w+,\s*'([a-z-]+)'/g)].map(
    ([, code = '']) => code,
  );
  return [...made, ...fetched, ...answered];
}

test('docs/errors.md lists every error code of the sources', () => {
  const used = new Set(sources(join(root, 'src')).flatMap((f) => codesIn(readFileSync(f, 'utf8'))));
  const doc = readFileSync(join(root, 'docs', 'errors.md'), 'utf8');
  const documented = new Set(
    [...doc.matchAll(/^\| `([a-z.-]+)` \|/gm)].map(([, code = '']) => code),
  );
  expect(used.size).toBeGreaterThan(20);
  expect([...used].filter((code) => !documented.has(code)).sort(), 'undocumented').toEqual([]);
});
