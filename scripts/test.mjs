/**
 * `npm test [-- FILTER…]`: sets up, runs the whole suite, names what was skipped, and ends with
 * `N passed, N failed`.
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join, relative } from 'node:path';
import { root, runNode, setup } from './toolchain.mjs';

setup();

const results = join(root, '.cache', 'test-results.json');
mkdirSync(join(root, '.cache'), { recursive: true });
rmSync(results, { force: true });

const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
const status = runNode([
  vitest,
  'run',
  '--reporter=default',
  '--reporter=json',
  `--outputFile.json=${results}`,
  ...process.argv.slice(2),
]);

if (!existsSync(results)) {
  process.stdout.write('\nThe test runner ended without results\n0 passed, 1 failed\n');
  process.exit(status || 1);
}

const report = JSON.parse(readFileSync(results, 'utf8'));
const counts = { passed: 0, failed: 0, skipped: 0 };
const skipped = [];
for (const file of report.testResults) {
  // A file that could not even be loaded has no tests of its own, and is one failure.
  if (file.status === 'failed' && file.assertionResults.length === 0) counts.failed += 1;
  for (const test of file.assertionResults) {
    if (test.status === 'passed') counts.passed += 1;
    else if (test.status === 'failed') counts.failed += 1;
    else {
      counts.skipped += 1;
      skipped.push(`${relative(root, file.name)}: ${test.fullName}`);
    }
  }
}
if (status !== 0 && counts.failed === 0) counts.failed = 1;

if (skipped.length > 0) process.stdout.write(`\nSkipped:\n  ${skipped.join('\n  ')}\n`);
const tail = counts.skipped > 0 ? `, ${counts.skipped} skipped` : '';
process.stdout.write(`\n${counts.passed} passed, ${counts.failed} failed${tail}\n`);
process.exit(counts.failed > 0 ? 1 : 0);
