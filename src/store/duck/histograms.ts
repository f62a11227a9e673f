/**
 * Bucket counts as bytes: most buckets of a runtime/metrics histogram are empty, and stay so.
 *
 * Pairs of varints (empty buckets skipped, count), preceded by the number of buckets. A histogram
 * whose counts are not whole numbers is kept as raw doubles after a 0.
 */

export function encodeCounts(counts: Float64Array): Uint8Array {
  const bytes: number[] = [];
  if (!counts.every((count) => Number.isSafeInteger(count) && count >= 0)) {
    const raw = new Uint8Array(counts.length * 8 + 1);
    raw.set(new Uint8Array(counts.buffer, counts.byteOffset, counts.byteLength), 1);
    return raw;
  }
  pushVarint(bytes, counts.length + 1);
  let skipped = 0;
  for (const count of counts) {
    if (count === 0) {
      skipped++;
      continue;
    }
    pushVarint(bytes, skipped);
    pushVarint(bytes, count);
    skipped = 0;
  }
  return Uint8Array.from(bytes);
}

export function decodeCounts(bytes: Uint8Array): Float64Array {
  if (bytes[0] === 0) return new Float64Array(bytes.slice(1).buffer);
  const reader = { bytes, at: 0 };
  const counts = new Float64Array(readVarint(reader) - 1);
  let bucket = 0;
  while (reader.at < bytes.length) {
    bucket += readVarint(reader);
    counts[bucket++] = readVarint(reader);
  }
  return counts;
}

function pushVarint(bytes: number[], value: number): void {
  let rest = value;
  while (rest >= 0x80) {
    bytes.push((rest % 0x80) | 0x80);
    rest = Math.floor(rest / 0x80);
  }
  bytes.push(rest);
}

function readVarint(reader: { readonly bytes: Uint8Array; at: number }): number {
  let value = 0;
  let scale = 1;
  for (;;) {
    const byte = reader.bytes[reader.at++] ?? 0;
    value += (byte & 0x7f) * scale;
    if (byte < 0x80) return value;
    scale *= 0x80;
  }
}

/** Bounds as text, exact: JavaScript prints the shortest digits that read back the same. */
export function boundsText(bounds: Float64Array): string {
  return bounds.join(',');
}

export function parseBounds(text: string): Float64Array {
  return text === '' ? new Float64Array(0) : Float64Array.from(text.split(','), Number);
}
