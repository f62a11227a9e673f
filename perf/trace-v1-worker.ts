/** Our half of perf/trace-v1.ts: decodes every file named on standard input once, and says at what cost. */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { bytesSource } from '../src/trace/source.ts';
import { decodeV1 } from '../src/trace/v1/decode.ts';

for await (const file of createInterface({ input: process.stdin })) {
  const bytes = readFileSync(file);
  const version = Number(/^go 1\.(\d+) trace/.exec(bytes.toString('latin1', 0, 16))?.[1]);
  const before = process.cpuUsage();
  const trace = decodeV1(bytesSource(bytes), version);
  const spent = process.cpuUsage(before);
  const answer = {
    cpuMs: (spent.user + spent.system) / 1000,
    events: trace.eventCount,
    peakMb: process.resourceUsage().maxRSS / 1024,
  };
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
