/**
 * Unknown bytes → what they are.
 *
 * Looks at the beginning and the end only, and decodes nothing. Compression is not looked through: give
 * the plain bytes (open.ts does). Sources: Go's src/internal/trace/tracev2 and older trace headers,
 * runtime/pprof's text forms, profile/legacy_profile.go of pprof, exposition format 0.0.4.
 */
import { looksLikeBpftrace, looksLikeBpftraceJson } from '../formats/bpftrace.ts';
import { looksLikeChromeTrace } from '../formats/chrometrace.ts';
import { looksLikeCpuProfile } from '../formats/cpuprofile.ts';
import { looksLikePerfScript } from '../formats/perfscript.ts';
import { looksLikeSpeedscope } from '../formats/speedscope.ts';
import { looksLikeAgentJson } from '../metrics/agent.ts';
import { looksLikeExpvar } from '../metrics/expvar.ts';
import { looksLikeGodebug } from '../metrics/godebug/reader.ts';
import { looksLikeMemStats } from '../metrics/memstats.ts';
import { looksLikePrometheus } from '../metrics/prometheus.ts';

export type ContentKind =
  | 'pprof'
  | 'legacy'
  | 'folded'
  | 'speedscope'
  | 'perf-script'
  | 'bpftrace'
  | 'cpuprofile'
  | 'chrome-trace'
  | 'trace'
  | 'goroutines'
  | 'memstats'
  | 'prometheus'
  | 'agent-json'
  | 'expvar'
  | 'godebug';

/** What whygo cannot read, but can name. */
export type OtherKind =
  | 'html'
  | 'json'
  | 'executable'
  | 'archive'
  | 'perf-data'
  | 'empty'
  | 'text'
  | 'binary';

export type Sniffed =
  | { readonly known: true; readonly kind: ContentKind }
  | { readonly known: false; readonly kind: OtherKind };

const lookedAt = 64 * 1024;

/** `binary` may still be a damaged or unusual profile; everything else is certain enough. */
export function sniff(bytes: Uint8Array): Sniffed {
  if (bytes.length === 0) return other('empty');
  if (isTrace(bytes)) return content('trace');
  if (isLegacyCpu(bytes)) return content('legacy');
  const magic = magicOf(bytes);
  if (magic !== undefined) return other(magic);
  if (!isText(bytes)) return looksLikeProtobuf(bytes) ? content('pprof') : other('binary');
  const decoder = new TextDecoder();
  const head = decoder.decode(bytes.subarray(0, lookedAt));
  // The end of a text that may be long.
  const tail = decoder.decode(bytes.subarray(Math.max(0, bytes.length - lookedAt)));
  if (/^\s*(<!doctype html|<html)/i.test(head)) return other('html');
  return /^\s*[{[]/.test(head) ? sniffJson(head, tail) : sniffText(head, tail);
}

function sniffJson(head: string, tail: string): Sniffed {
  if (looksLikeBpftraceJson(head)) return content('bpftrace');
  if (looksLikeSpeedscope(head, tail)) return content('speedscope');
  if (looksLikeCpuProfile(head)) return content('cpuprofile');
  if (looksLikeChromeTrace(head)) return content('chrome-trace');
  if (looksLikeExpvar(head)) return content('expvar');
  return looksLikeAgentJson(head) ? content('agent-json') : other('json');
}

function sniffText(head: string, tail: string): Sniffed {
  if (isGoroutineDump(head)) return content('goroutines');
  if (looksLikeMemStats(tail)) return content('memstats');
  if (isLegacyText(head)) return content('legacy');
  if (looksLikePrometheus(head)) return content('prometheus');
  if (looksLikeGodebug(head)) return content('godebug');
  if (looksLikeBpftrace(head)) return content('bpftrace');
  if (looksLikePerfScript(head)) return content('perf-script');
  return isFolded(head) ? content('folded') : other('text');
}

function content(kind: ContentKind): Sniffed {
  return { known: true, kind };
}

function other(kind: OtherKind): Sniffed {
  return { known: false, kind };
}

/** `go 1.22 trace` and zeros, 16 bytes, since Go 1.5. */
function isTrace(bytes: Uint8Array): boolean {
  const header = String.fromCharCode(...bytes.subarray(0, 16)).replaceAll('\0', ' ');
  return header.length === 16 && /^go 1\.\d+ trace {2,}$/.test(header);
}

const magics: readonly (readonly [OtherKind, readonly number[]])[] = [
  ['executable', [0x7f, 0x45, 0x4c, 0x46]], // ELF
  ['executable', [0x4d, 0x5a, 0x90]], // PE
  ['executable', [0xcf, 0xfa, 0xed, 0xfe]], // Mach-O
  ['executable', [0xca, 0xfe, 0xba, 0xbe]], // Mach-O, several architectures
  ['archive', [0x50, 0x4b, 0x03, 0x04]], // zip
  ['archive', [0x42, 0x5a, 0x68]], // bzip2
  ['archive', [0xfd, 0x37, 0x7a, 0x58]], // xz
  ['perf-data', [0x50, 0x45, 0x52, 0x46, 0x49, 0x4c, 0x45, 0x32]], // PERFILE2
];

function magicOf(bytes: Uint8Array): OtherKind | undefined {
  return magics.find(([, magic]) => magic.every((byte, i) => bytes[i] === byte))?.[0];
}

/** No control characters but white space and escape sequences (terminals colour dumps). */
function isText(bytes: Uint8Array): boolean {
  for (const byte of bytes.subarray(0, 1024)) {
    if (byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d && byte !== 0x1b) {
      return false;
    }
  }
  return true;
}

/** A first field of profile.proto (numbers 1 to 15), with the wire type that it has there. */
function looksLikeProtobuf(bytes: Uint8Array): boolean {
  const tag = bytes[0] ?? 0;
  const field = tag >> 3;
  const wireType = tag & 7;
  const isMessage = [1, 2, 3, 4, 5, 6, 11].includes(field);
  const isNumber = [7, 8, 9, 10, 12, 13, 14, 15].includes(field);
  return (isMessage && wireType === 2) || (isNumber && (wireType === 0 || wireType === 2));
}

/** gperftools' CPU profile: the words 0, 3, 0 (1: Java), period, 0; of 4 or 8 bytes, of either end. */
function isLegacyCpu(bytes: Uint8Array): boolean {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const little = [true, false];
  const isHeader = (words: readonly bigint[]) =>
    words[0] === 0n && words[1] === 3n && (words[2] ?? 2n) <= 1n && words[4] === 0n;
  const words = (size: number, word: (at: number) => bigint) =>
    bytes.length >= 5 * size && isHeader([0, 1, 2, 3, 4].map((i) => word(i * size)));
  return little.some(
    (end) =>
      words(4, (at) => BigInt(view.getUint32(at, end))) ||
      words(8, (at) => view.getBigUint64(at, end)),
  );
}

/** First lines of the text formats from before profile.proto. */
function isLegacyText(text: string): boolean {
  const line = text.split('\n', 100).find((one) => one.trim() !== '' && !one.startsWith('#')) ?? '';
  return /^(heap profile: |\S+ profile: total \d+\s*$|--- (threadz|contentionz?|heapz|mutex|contention:|Thread))/.test(
    line,
  );
}

function isGoroutineDump(text: string): boolean {
  return /^(goroutine \d+ .*\[|goroutine(leak)? profile: total \d+|SIGQUIT: quit|fatal error: |panic: )/m.test(
    text,
  );
}

/** Most lines end in a count. */
function isFolded(text: string): boolean {
  const lines = text.split('\n', 50).filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const folded = lines.filter((line) => /^\S.* \d+$/.test(line) && line.includes(';'));
  return folded.length > 0 && folded.length * 2 > lines.length;
}
