/**
 * POST /ingest: profiles that clients push, in the way Pyroscope's clients do.
 *
 * `?name=app{label=value}&from=&until=` (unix seconds, milliseconds or nanoseconds), the profile as
 * the raw body or as the multipart field `profile`; a multipart `prev_profile` is subtracted first.
 * A multipart body is cut, never copied. `sample_type_config` is read only for the profile's type:
 * the profile itself says what its columns are. Cost: one decode and a share of a commit.
 */
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import { parseApplicationName } from '../api/query.ts';
import { UserError } from '../base/errors.ts';
import { type Decompressors, decodeProfile, decompress } from '../formats/compression.ts';
import { decodeFolded } from '../formats/folded.ts';
import { deltaProfile, isCumulativeType } from '../profile/delta.ts';
import { selectSampleTypes } from '../profile/merge.ts';
import type { Profile } from '../profile/profile.ts';
import type { ProfileRecord } from '../store/store.ts';
import type { Intake } from './intake.ts';

export interface PushOptions {
  readonly intake: Intake;
  readonly decompressors: Decompressors;
  readonly now: () => number;
}

const PushQuery = z.object({
  name: z.string().min(1),
  from: z.coerce.number().nonnegative().optional(),
  until: z.coerce.number().nonnegative().optional(),
  type: z.string().min(1).optional(),
  format: z.string().optional(),
});

const NAME_NEXT = 'send it as /ingest?name=APP{key=value}&from=SECONDS&until=SECONDS';

export function pushRoute(app: FastifyInstance, options: PushOptions): void {
  // A context of its own: its body parser takes every content type, as bytes.
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => {
      done(null, body);
    });
    scope.post('/ingest', async (request, reply) => {
      const query = PushQuery.safeParse(request.query);
      if (!query.success) throw new UserError('bad-query', 'Cannot read the query', NAME_NEXT);
      if (!Buffer.isBuffer(request.body) || request.body.length === 0) {
        throw new UserError('empty-body', 'The request has no profile', 'send pprof bytes');
      }
      const parts = partsOf(request.body, request.headers['content-type'] ?? '');
      await options.intake.ingest(recordsOf(query.data, parts, options));
      return reply.type('text/plain').send('');
    });
  });
}

interface Parts {
  readonly profile: Uint8Array;
  readonly previous?: Uint8Array;
  readonly config?: string;
}

function recordsOf(
  query: z.infer<typeof PushQuery>,
  parts: Parts,
  options: PushOptions,
): readonly ProfileRecord[] {
  const { name, labels } = parseApplicationName(query.name);
  if (name === '') throw new UserError('bad-query', 'The application has no name', NAME_NEXT);
  const profile = decodePushed(query.format ?? 'pprof', parts, options.decompressors);
  const startNanos =
    query.from !== undefined ? toNanos(query.from) : startOf(profile, options.now());
  const untilNanos = query.until !== undefined ? toNanos(query.until) : startNanos;
  const asked = untilNanos > startNanos ? untilNanos - startNanos : 0n;
  const kept = Object.entries(labels).filter(([key]) => !key.startsWith('__'));
  const key = { service: name, labels: { instance: 'pushed', ...Object.fromEntries(kept) } };
  const type = query.type ?? typeOf(profile, parts.config ?? '');
  const durationNanos = profile.durationNanos > 0n ? profile.durationNanos : asked;
  const original = parts.previous === undefined ? { original: parts.profile } : {};
  const counted = profile.sampleTypes.map((t) => t.type).filter(isCumulativeType);
  if (type !== 'heap' || counted.length === 0) {
    return [{ key, type, startNanos, durationNanos, profile, ...original }];
  }
  // A heap profile is two: what is in use at a moment, and what was allocated since the last one.
  const inUse = profile.sampleTypes.map((t) => t.type).filter((t) => !isCumulativeType(t));
  const heap = selectSampleTypes(profile, inUse);
  const allocs = selectSampleTypes(profile, counted);
  return [
    { key, type, startNanos, durationNanos: 0n, profile: heap, ...original },
    { key, type: 'allocs', startNanos, durationNanos, profile: allocs },
  ];
}

const FOLDED = ['folded', 'collapsed', 'groups'];

function decodePushed(format: string, parts: Parts, decompressors: Decompressors): Profile {
  const { profile, previous } = parts;
  if (FOLDED.includes(format)) {
    return decodeFolded(new TextDecoder().decode(decompress(profile, decompressors)));
  }
  if (format !== 'pprof') {
    const next = 'send pprof, or folded stacks with format=folded';
    throw new UserError('unknown-format', `Cannot read profiles of the format “${format}”`, next);
  }
  const current = decodeProfile(profile, decompressors);
  if (previous === undefined || previous.length === 0) return current;
  return deltaProfile(current, decodeProfile(previous, decompressors)).profile;
}

function startOf(profile: Profile, nowMs: number): bigint {
  return profile.timeNanos > 0n ? profile.timeNanos : BigInt(Math.round(nowMs)) * 1_000_000n;
}

/** Clients send seconds; some send milliseconds or nanoseconds. The size tells. */
function toNanos(time: number): bigint {
  if (time < 1e11) return BigInt(Math.round(time * 1e3)) * 1_000_000n;
  if (time < 1e14) return BigInt(Math.round(time)) * 1_000_000n;
  return BigInt(Math.round(time));
}

function typeOf(profile: Profile, config: string): string {
  const types = profile.sampleTypes.map((t) => t.type);
  if (types.includes('cpu')) return 'cpu';
  if (types.includes('inuse_space')) return 'heap';
  if (types.includes('alloc_space')) return 'allocs';
  if (types.includes('contentions')) return config.includes('mutex') ? 'mutex' : 'block';
  if (types.includes('goroutine') || types.includes('goroutines')) return 'goroutine';
  return types.at(-1) ?? 'unknown';
}

/** The parts of a multipart body (RFC 7578) as views into it; a plain body is the profile itself. */
export function partsOf(body: Buffer, contentType: string): Parts {
  const boundary = /^multipart\/form-data;.*boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(contentType);
  if (boundary === null) return { profile: body };
  const mark = Buffer.from(`--${boundary[1] ?? boundary[2] ?? ''}`);
  const found = new Map<string, Buffer>();
  let at = body.indexOf(mark);
  while (at >= 0) {
    const headStart = at + mark.length;
    const next = body.indexOf(mark, headStart);
    const headEnd = body.indexOf('\r\n\r\n', headStart);
    if (next < 0 || headEnd < 0 || headEnd > next) break;
    const head = body.toString('latin1', headStart, headEnd);
    const name = /\bname="([^"]*)"/i.exec(head)?.[1];
    // The line break before the next boundary belongs to the boundary.
    if (name !== undefined) found.set(name, body.subarray(headEnd + 4, next - 2));
    at = next;
  }
  const profile = found.get('profile');
  if (profile === undefined) {
    const next = 'name the form field “profile”, or send the bytes as the body';
    throw new UserError('empty-body', 'The form has no field “profile”', next);
  }
  const previous = found.get('prev_profile');
  const config = found.get('sample_type_config')?.toString('utf8');
  return {
    profile,
    ...(previous === undefined ? {} : { previous }),
    ...(config === undefined ? {} : { config }),
  };
}
