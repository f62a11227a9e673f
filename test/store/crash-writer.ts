/**
 * The process that a crash test kills: ingests until then, and says on standard output what was
 * acknowledged. Not part of the program.
 *
 *     node crash-writer.ts FOLDER SEED
 */
import { writeSync } from 'node:fs';
import { profileFromText } from '../../src/profile/fromtext.ts';
import { openDuckStore } from '../../src/store/duck/open.ts';

const MINUTE = 60_000_000_000n;
/** A whole hour; with a profile a minute, hours are closed all the time. */
const FROM = 1_764_000_000_000_000_000n - (1_764_000_000_000_000_000n % (60n * MINUTE));

const [folder = '', seed = '0'] = process.argv.slice(2);
const store = await openDuckStore(folder, { memoryLimit: '128MB', threads: 1 });

async function compactNowAndThen(): Promise<never> {
  for (;;) {
    await store.compact({ all: true });
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function ingest(): Promise<never> {
  for (let number = Number(seed); ; number++) {
    const text = `main.main;main.f${number % 17};main.g${number} 1 {endpoint=/e${number % 5}, span_id=s${number}}`;
    const startNanos = FROM + BigInt(number) * MINUTE;
    const original = new TextEncoder().encode(text);
    const key = { service: 'shop', labels: { instance: `i${number % 3}` } };
    await store.ingest([
      {
        key,
        type: 'cpu',
        startNanos,
        durationNanos: MINUTE,
        profile: profileFromText(text),
        original,
      },
    ]);
    // Synchronous: what is said to be stored has been said before the next begins.
    writeSync(1, `${number}\n`);
  }
}

await Promise.all([ingest(), compactNowAndThen()]);
