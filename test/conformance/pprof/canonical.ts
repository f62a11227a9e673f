/** The canonical text of a profile: what go/main.go writes from Go's structs, from our tables. */
import { encodeUtf8 } from '../../../src/base/utf8.ts';
import { labelsOf } from '../../../src/profile/labels.ts';
import type { Profile } from '../../../src/profile/profile.ts';

/** Bytes that grow; text is written as the bytes that it stands for. */
class ByteSink {
  private readonly chunks: Uint8Array[] = [];

  write(text: string): void {
    this.chunks.push(encodeUtf8(text));
  }

  text(text: string): void {
    const bytes = encodeUtf8(text);
    this.write(` ${bytes.length}:`);
    this.chunks.push(bytes);
  }

  finish(): Uint8Array {
    return Buffer.concat(this.chunks);
  }
}

const flag = (value: boolean) => (value ? ' 1' : ' 0');
/** An integer in a float column, in full. */
const whole = (value: number | undefined) => ` ${BigInt(value ?? 0)}`;

/** The same bytes as go/main.go gives for the same profile. */
export function canonicalText(profile: Profile): Uint8Array {
  const sink = new ByteSink();
  writeHeader(sink, profile);
  writeSymbols(sink, profile);
  writeSamples(sink, profile);
  sink.write('\n');
  return sink.finish();
}

function writeHeader(sink: ByteSink, profile: Profile): void {
  sink.write('types');
  for (const { type, unit } of profile.sampleTypes) {
    sink.text(type);
    sink.text(unit);
  }
  sink.write('\ndefault');
  sink.text(profile.defaultSampleType);
  sink.write('\nframes');
  sink.text(profile.dropFrames);
  sink.text(profile.keepFrames);
  sink.write(`\ntime ${profile.timeNanos} ${profile.durationNanos}\nperiod`);
  sink.text(profile.periodType?.type ?? '');
  sink.text(profile.periodType?.unit ?? '');
  sink.write(` ${profile.period}\ncomments`);
  for (const comment of profile.comments) sink.text(comment);
  sink.write('\ndoc');
  sink.text(profile.docUrl);
}

function writeSymbols(sink: ByteSink, profile: Profile): void {
  const { functions, locations, mappings, strings } = profile;
  for (const mapping of mappings) {
    sink.write(`\nmapping ${mapping.id} ${mapping.start} ${mapping.limit} ${mapping.offset}`);
    sink.text(mapping.file);
    sink.text(mapping.buildId);
    sink.write(flag(mapping.hasFunctions) + flag(mapping.hasFilenames));
    sink.write(flag(mapping.hasLineNumbers) + flag(mapping.hasInlineFrames));
  }
  for (let i = 0; i < functions.length; i++) {
    sink.write(`\nfunction ${functions.id[i]}`);
    sink.text(strings[functions.name[i] ?? 0] ?? '');
    sink.text(strings[functions.systemName[i] ?? 0] ?? '');
    sink.text(strings[functions.filename[i] ?? 0] ?? '');
    sink.write(whole(functions.startLine[i]));
  }
  for (let i = 0; i < locations.length; i++) {
    const mapping = mappings[locations.mapping[i] ?? -1]?.id ?? 0n;
    sink.write(`\nlocation ${locations.id[i]} ${mapping} ${locations.address[i]}`);
    sink.write(flag(locations.isFolded[i] === 1));
    for (let line = locations.lineStart[i] ?? 0; line < (locations.lineStart[i + 1] ?? 0); line++) {
      sink.write(` ${functions.id[locations.lineFunction[line] ?? -1]}`);
      sink.write(whole(locations.lineNumber[line]) + whole(locations.lineColumn[line]));
    }
  }
}

function writeSamples(sink: ByteSink, profile: Profile): void {
  const { samples, stacks, locations } = profile;
  for (let row = 0; row < samples.length; row++) {
    let line = '\nsample';
    const stack = samples.stack[row] ?? 0;
    for (let i = stacks.start[stack] ?? 0; i < (stacks.start[stack + 1] ?? 0); i++) {
      line += ` ${locations.id[stacks.locations[i] ?? 0]}`;
    }
    line += ' =';
    for (const column of samples.values) line += ` ${BigInt(column[row] ?? 0)}`;
    sink.write(line);
    writeLabels(sink, profile, samples.labelSet[row] ?? 0);
  }
}

function writeLabels(sink: ByteSink, profile: Profile, set: number): void {
  const byKey = (a: { key: string }, b: { key: string }) =>
    Buffer.compare(encodeUtf8(a.key), encodeUtf8(b.key));
  const labels = labelsOf(profile, set).sort(byKey);
  for (const label of labels) {
    if (!('text' in label)) continue;
    sink.write(' label');
    sink.text(label.key);
    sink.text(label.text);
  }
  for (const label of labels) {
    if ('text' in label) continue;
    sink.write(' number');
    sink.text(label.key);
    sink.write(` ${label.number}`);
    sink.text(label.unit);
  }
}
