import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { timeFormats } from './gotime.ts';

const hasZones = existsSync('/usr/share/zoneinfo/Europe/Berlin');
const july = 1_751_371_200_123_000_000n;
const january = 1_736_942_400_000_000_000n;

describe('moments are printed as Go prints them', () => {
  test('in UTC when TZ is empty or names no zone', () => {
    expect(timeFormats('').short(july)).toBe('2025-07-01 12:00:00 UTC');
    expect(timeFormats('No/Such').long(july)).toBe('2025-07-01 12:00:00.123 +0000 UTC');
  });

  test.skipIf(!hasZones)('with abbreviations and summer time (needs /usr/share/zoneinfo)', () => {
    const berlin = timeFormats('Europe/Berlin');
    expect(berlin.short(july)).toBe('2025-07-01 14:00:00 CEST');
    expect(berlin.long(january)).toBe('2025-01-15 13:00:00 +0100 CET');
    expect(timeFormats('America/New_York').short(january)).toBe('2025-01-15 07:00:00 EST');
    expect(timeFormats('Asia/Kolkata').long(july)).toBe('2025-07-01 17:30:00.123 +0530 IST');
    expect(timeFormats('America/Sao_Paulo').short(july)).toBe('2025-07-01 09:00:00 -03');
    expect(timeFormats('Australia/Sydney').short(january)).toBe('2025-01-15 23:00:00 AEDT');
  });
});
