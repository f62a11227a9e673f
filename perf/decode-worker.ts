/**
 * Our half of perf/decode.ts: for every file named on standard input, unpacks and decodes it once and
 * prints what that took. The Go half is perf/go/parse/main.go.
 */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { nodeDecompressors } from '../src/collect/decompress.ts';
import { decodeProfile } from '../src/formats/compression.ts';

for await (const file of createInterface({ input: process.stdin })) {
  const bytes = readFileSync(file);
  const before = process.cpuUsage();
  const profile = decodeProfile(bytes, nodeDecompressors);
  const spent = process.cpuUsage(before);
  const answer = {
    cpuMs: (spent.user + spent.system) / 1000,
    samples: profile.samples.length,
    peakMb: process.resourceUsage().maxRSS / 1024,
  };
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
