/** `whygo convert IN OUT`: a profile in another format, chosen by the ending of OUT. */
import { writeFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { UserError } from '../base/errors.ts';
import { nodeDecompressors } from '../collect/decompress.ts';
import { encodeFolded } from '../formats/folded.ts';
import { encodePprof } from '../formats/pprof.ts';
import { openProfile } from '../open/open.ts';
import { decodeAs } from '../open/profiles.ts';
import { sniff } from '../open/sniff.ts';
import { defaultSampleIndex, type Profile, sampleIndexOf } from '../profile/profile.ts';
import { locate } from './failure.ts';
import { inputLimit, readFileBounded, unpack } from './inputs.ts';
import { readStdin } from './stdin.ts';
import { stderr } from './terminal.ts';

export interface ConvertFlags {
  readonly sample?: string;
}

export async function convert(input: string, output: string, flags: ConvertFlags): Promise<void> {
  const write = writerOf(output);
  const name = input === '-' ? 'standard input' : input;
  const profile = await readProfile(input, name);
  const sampleIndex = sampleIndexFor(profile, flags.sample, name);
  const converted = write(profile, sampleIndex);
  if (output === '-') process.stdout.write(converted);
  else await writeFile(output, converted);
}

type Write = (profile: Profile, sampleIndex: number) => Uint8Array | string;

function writerOf(output: string): Write {
  if (output.endsWith('.folded')) return encodeFolded;
  if (output.endsWith('.pb')) return encodePprof;
  if (output === '-' || output.endsWith('.gz') || output.endsWith('.pprof')) {
    return (profile) => gzipSync(encodePprof(profile));
  }
  const next = 'end it with .pb.gz, .pb or .folded';
  throw new UserError('unknown-format', `Cannot tell the format of “${output}”`, next);
}

/** Any format that whygo reads; what is not in the profile is said. */
async function readProfile(input: string, name: string): Promise<Profile> {
  try {
    const limit = inputLimit(process.env);
    const bytes = input === '-' ? await readStdin() : readFileBounded(input, limit);
    const known = (beginning: Uint8Array) => sniff(beginning).known;
    const plain = unpack(bytes, name, limit, known);
    const { profile, notes } = input.endsWith('.folded')
      ? decodeAs('folded', plain)
      : openProfile(plain, name, nodeDecompressors, { timestamps: true });
    for (const note of notes) stderr.line(`${name}: ${note}`);
    return profile;
  } catch (error) {
    throw locate(error, name);
  }
}

function sampleIndexFor(profile: Profile, sample: string | undefined, name: string): number {
  const index = sample === undefined ? defaultSampleIndex(profile) : sampleIndexOf(profile, sample);
  if (index >= 0) return index;
  const known = profile.sampleTypes.map((t) => t.type).join(', ');
  const what =
    sample === undefined ? `${name} has no values` : `${name} has no sample type “${sample}”`;
  throw new UserError('unknown-sample-type', what, `ask for one of: ${known || 'none'}`);
}
