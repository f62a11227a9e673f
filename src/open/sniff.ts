/**
 * Unknown bytes → what they are.
 *
 * Looks at the beginning only, and decodes nothing. Compression is not looked through: give the
 * plain bytes (open.ts does). Sources: Go's src/internal/trace/tracev2 and older trace headers,
 * runtime/pprof's text forms, exposition format 0.0.4.
 */
import { looksLikeAgentJson } from '../metrics/agent.ts';
import { looksLikeMemStats } from '../metrics/memstats.ts';
import { looksLikePrometheus } from '../metrics/prometheus.ts';

export type ContentKind =
  | 'pprof'
  | 'folded'
  | 'trace'
  | 'goroutines'
  | 'memstats'
  | 'prometheus'
  | 'agent-json';

/** What whygo cannot read, but can name. */
export type OtherKind = 'html' | 'json' | 'executable' | 'archive' | 'empty' | 'text' | 'binary';

export type Sniffed =
  | { readonly known: true; readonly kind: ContentKind }
  | { readonly known: false; readonly kind: OtherKind };

const lookedAt = 64 * 1024;

/** `binary` may still be a damaged or unusual profile; everything else is certain enough. */
export function sniff(bytes: Uint8Array): Sniffed {
  if (bytes.length === 0) return other('empty');
  if (isTrace(bytes)) return content('trace');
  const magic = magicOf(bytes);
  if (magic !== undefined) return other(magic);
  if (!isText(bytes)) return looksLikeProtobuf(bytes) ? content('pprof') : other('binary');
  const text = new TextDecoder().decode(bytes.subarray(0, lookedAt));
  if (/^\s*(<!doctype html|<html)/i.test(text)) return other('html');
  if (/^\s*[{[]/.test(text))
    return looksLikeAgentJson(text) ? content('agent-json') : other('json');
  if (isGoroutineDump(text)) return content('goroutines');
  // The block ends a text that may be long.
  const end = new TextDecoder().decode(bytes.subarray(Math.max(0, bytes.length - lookedAt)));
  if (looksLikeMemStats(end)) return content('memstats');
  if (looksLikePrometheus(text)) return content('prometheus');
  return isFolded(text) ? content('folded') : other('text');
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

function isGoroutineDump(text: string): boolean {
  return /^(goroutine \d+ .*\[|goroutine profile: total \d+|SIGQUIT: quit|fatal error: |panic: )/m.test(
    text,
  );
}

/** Most lines end in a count. */
function isFolded(text: string): boolean {
  const lines = text.split('\n', 50).filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const folded = lines.filter((line) => /^\S.* \d+$/.test(line) && line.includes(';'));
  return folded.length > 0 && folded.length * 2 > lines.length;
}
