/**
 * CPU profiles of gperftools: words of 4 or 8 bytes, of either end first; then a memory map as text, or
 * Java's locations.
 */
import { Draft } from './draft.ts';
import { readJavaLocations } from './java.ts';
import { Lines, parseMaps } from './lines.ts';

/** Reads words until there are none. */
class Words {
  at: number;
  private readonly view: DataView;
  private readonly size: number;
  private readonly littleEnd: boolean;

  constructor(bytes: Uint8Array, size: number, littleEnd: boolean) {
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.size = size;
    this.littleEnd = littleEnd;
    this.at = 0;
  }

  get left(): number {
    return this.view.byteLength - this.at;
  }

  /** Undefined at the end; what is left is then lost. */
  next(): bigint | undefined {
    if (this.left < this.size) {
      this.at = this.view.byteLength;
      return undefined;
    }
    const { at, littleEnd } = this;
    this.at += this.size;
    return this.size === 8
      ? this.view.getBigUint64(at, littleEnd)
      : BigInt(this.view.getUint32(at, littleEnd));
  }
}

/** Undefined when it is no CPU profile. */
export function decodeCpu(bytes: Uint8Array): Draft | undefined {
  for (const size of [4, 8]) {
    for (const littleEnd of [true, false]) {
      const words = new Words(bytes, size, littleEnd);
      const [zero, three, java, period, padding] = Array.from({ length: 5 }, () => words.next());
      if (zero !== 0n || three !== 3n || padding !== 0n) continue;
      if (period === undefined || period === 0n || (java !== 0n && java !== 1n)) continue;
      return decodeSamples(bytes, words, period, java === 1n);
    }
  }
  return undefined;
}

function decodeSamples(
  bytes: Uint8Array,
  words: Words,
  period: bigint,
  isJava: boolean,
): Draft | undefined {
  const draft = new Draft();
  draft.period = BigInt.asIntN(64, period * 1000n);
  draft.periodType = { type: 'cpu', unit: 'nanoseconds' };
  draft.sampleTypes = [
    { type: 'samples', unit: 'count' },
    { type: 'cpu', unit: 'nanoseconds' },
  ];
  if (!readSamples(words, draft, !isJava)) return undefined;
  const rest = new TextDecoder().decode(bytes.subarray(words.at));
  if (isJava) {
    readJavaLocations(rest, draft);
    return draft;
  }
  dropSignalFrames(draft);
  draft.settle(parseMaps(new Lines(rest)));
  draft.dropDuplicateLeaves();
  return draft;
}

/** Samples up to the end marker (0, 1, 0); false when the words are none. */
function readSamples(words: Words, draft: Draft, adjust: boolean): boolean {
  while (words.left > 0) {
    const count = words.next();
    const depth = words.next();
    if (count === undefined || depth === undefined || depth > BigInt(Math.trunc(words.left / 4))) {
      return false;
    }
    const addresses = Array.from({ length: Number(depth) }, () => words.next() ?? 0n);
    if (count === 0n && depth === 1n && addresses[0] === 0n) break;
    // The leaf is where the signal struck, the others are return addresses.
    const locations = addresses.map((address, i) =>
      draft.location(adjust && i > 0 ? address - 1n : address),
    );
    const signed = BigInt.asIntN(64, count);
    draft.addSample(locations, [signed, BigInt.asIntN(64, signed * draft.period)]);
  }
  return true;
}

/** Takes out up to two frames next to the leaf that nearly all samples share: the signal handler's. */
function dropSignalFrames(draft: Draft): void {
  const { samples } = draft;
  const margin = Math.trunc(samples.length / 32);
  for (let pass = 0; pass < 2; pass++) {
    const counts = new Map<bigint, number>();
    for (const { locations } of samples) {
      const address = locations[1]?.address;
      if (address !== undefined) counts.set(address, (counts.get(address) ?? 0) + 1);
    }
    for (const [address, count] of counts) {
      if (count < samples.length - margin) continue;
      for (const { locations } of samples) {
        if (locations[1]?.address === address) locations.splice(1, 1);
      }
      break;
    }
  }
}
