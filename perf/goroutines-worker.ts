/**
 * Our half of perf/goroutines.ts: for every file named on standard input, parses and groups it once
 * and prints what that took. The Go half is perf/go/stackparse/main.go. With --arguments, addresses
 * among the arguments are kept, too, as `whygo goroutines` does for its wait graph.
 */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { groupGoroutines } from '../src/goroutines/group.ts';
import { parseGoroutineDump } from '../src/goroutines/parse.ts';
import { goroutineCount } from '../src/goroutines/table.ts';

const options = { arguments: process.argv.includes('--arguments') };
for await (const file of createInterface({ input: process.stdin })) {
  const bytes = readFileSync(file);
  const before = process.cpuUsage();
  const table = parseGoroutineDump(bytes, options);
  const groups = groupGoroutines(table);
  const spent = process.cpuUsage(before);
  if (table.notUnderstoodCount > 0 || groups.length === 0) throw new Error(`${file} is not read`);
  const answer = {
    cpuMs: (spent.user + spent.system) / 1000,
    goroutines: goroutineCount(table),
    peakMb: process.resourceUsage().maxRSS / 1024,
  };
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
