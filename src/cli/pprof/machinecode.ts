/** `disasm` and `weblist`: reports that read binaries. Loaded when one is asked for. */
import type { Profile } from '../../profile/profile.ts';
import { annotateSource } from '../../report/pprof/annotate.ts';
import { listAssembly, printAssembly } from '../../report/pprof/assembly.ts';
import type { Report } from '../../report/pprof/report.ts';
import { printWebList } from '../../report/pprof/weblist.ts';
import { Binaries, usesInlinedFrames } from './binaries.ts';
import { PprofError, type PprofIo } from './io.ts';
import { sourceReader } from './sourcefiles.ts';

/** The text of either report; `whole` is the profile before it was filtered. Throws `PprofError`. */
export async function machineCodeReport(
  report: Report,
  whole: Profile,
  intelSyntax: boolean,
  io: PprofIo,
): Promise<string> {
  const { profile, options } = report;
  const inlined = usesInlinedFrames(whole);
  const binaries = new Binaries({ inlined });
  await binaries.loadDisassemblers(profile.mappings, intelSyntax);
  const open = binaries.open.bind(binaries);
  if (options.format === 'disasm') {
    const listing = listAssembly(report, open);
    // pprof writes these to standard output too, ahead of everything.
    for (const problem of listing.problems) io.write(`${problem}\n`);
    const printed = printAssembly(report, listing);
    if ('failure' in printed) throw new PprofError(printed.failure);
    return printed.text;
  }
  const readSource = sourceReader(options.sourcePath || io.cwd, options.trimPath, io);
  const source = annotateSource(report, { open, readSource, asPprof: !inlined });
  if (source === undefined) {
    throw new PprofError(`no matches found for regexp: ${options.symbol?.text}`);
  }
  return printWebList(report, source);
}
