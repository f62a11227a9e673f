/**
 * `whygo explain`: a live target (watched for a while), files, a recorded folder, or standard input →
 * findings, for people or as one JSON object.
 */
import { statSync } from 'node:fs';
import { UserError } from '../base/errors.ts';
import {
  type NamedBytes,
  observationFromFiles,
  observationsFromRecording,
  observe,
  readFiles,
  type Progress as WatchProgress,
} from '../collect/observe.ts';
import { explain } from '../explain/explain.ts';
import type { FindingsReport, NotMeasurable, Severity } from '../explain/finding.ts';
import type { Observation } from '../explain/observation.ts';
import { durationFlag } from './duration.ts';
import { locate } from './failure.ts';
import { printReport } from './findings.ts';
import { Lifetime } from './lifetime.ts';
import { cautionsOf, printCautions } from './reading.ts';
import { readStdin } from './stdin.ts';
import { Progress, stderr, stdout } from './terminal.ts';

export interface ExplainFlags {
  readonly for: string;
  readonly gentle?: boolean;
  readonly json?: boolean;
  readonly gate?: Severity;
}

const RANK = { high: 0, medium: 1, low: 2, info: 3 } as const;
const FILE_LIKE = /\/|\\|\.(pb|gz|zst|pprof|prof|out|txt|json|folded|trace)$/i;

/** Resolves with the exit code. */
export async function explainCommand(
  args: readonly string[],
  flags: ExplainFlags,
): Promise<number> {
  const observations = await observationsOf(args, flags);
  const reports = observations.map((observation) => explain(observation));
  if (flags.json === true) {
    stdout.line(JSON.stringify(joinReports(args.join(', '), reports), undefined, 2));
  } else {
    for (const report of reports) printReport(stdout, report);
    const cautions = observations.flatMap(cautionsOf);
    // Of a folder with many targets each would say the same.
    if (observations.length === 1 && cautions.length > 0) {
      stdout.line();
      printCautions(stdout, cautions);
    }
  }
  const { gate } = flags;
  if (gate === undefined) return 0;
  const severe = reports.some(({ findings }) => {
    return findings.some(({ severity }) => RANK[severity] <= RANK[gate]);
  });
  return severe ? 1 : 0;
}

async function observationsOf(
  args: readonly string[],
  flags: ExplainFlags,
): Promise<readonly Observation[]> {
  const kinds = args.map(kindOf);
  const [first = ''] = args;
  if (args.length === 1 && kinds[0] === 'folder') return observationsFromRecording(first);
  if (args.length === 1 && kinds[0] === 'target') return [await watch(first, flags)];
  if (kinds.every((kind) => kind === 'file')) return [observationFromFiles(await filesOf(args))];
  throw new UserError(
    'mixed-targets',
    'Cannot explain several targets or folders at once',
    'name one target, one folder, or files only',
  );
}

function kindOf(arg: string): 'file' | 'folder' | 'target' {
  if (arg === '-') return 'file';
  if (/^https?:\/\//i.test(arg)) return 'target';
  const stats = statSync(arg, { throwIfNoEntry: false });
  if (stats !== undefined) return stats.isDirectory() ? 'folder' : 'file';
  if (/:\d+/.test(arg)) return 'target';
  // What looks like a path is a path that is not there, not a host.
  if (FILE_LIKE.test(arg)) return 'file';
  throw new UserError(
    'cannot-open',
    `There is no file “${arg}”, and it names no port`,
    `check the path, or write ${arg}:6060 for a target`,
  );
}

/** Each file is checked by itself first, so that an error names it. */
async function filesOf(args: readonly string[]): Promise<readonly NamedBytes[]> {
  const named: NamedBytes[] = [];
  for (const arg of args) {
    const [file] =
      arg === '-' ? [{ name: 'standard input', bytes: await readStdin() }] : await readFiles([arg]);
    if (file === undefined) continue;
    try {
      observationFromFiles([file]);
    } catch (error) {
      throw locate(error, file.name);
    }
    named.push(file);
  }
  return named;
}

/** The first Ctrl-C ends the watch early: what was captured until then is explained. */
async function watch(target: string, flags: ExplainFlags): Promise<Observation> {
  const forSeconds = durationFlag('--for', flags.for) / 1000;
  const lifetime = new Lifetime('ending early; explaining what was captured');
  const progress = new Progress();
  try {
    return await observe(target, {
      forSeconds,
      gentle: flags.gentle ?? false,
      signal: lifetime.signal,
      onPrice: (text) => stderr.line(`whygo watches ${target} ${text}`),
      onProgress: (now) => progress.show(progressText(now)),
    });
  } finally {
    progress.clear();
    await lifetime.close();
  }
}

export function progressText(now: WatchProgress): string {
  const share = Math.min(1, now.elapsedMillis / now.forMillis);
  const full = Math.round(share * 24);
  const bar = '█'.repeat(full) + '░'.repeat(24 - full);
  const seconds = (millis: number): string => `${Math.round(millis / 1000)} s`;
  const time = `${seconds(now.elapsedMillis)} of ${seconds(now.forMillis)}`;
  return `${bar} ${time}, ${now.captures} profiles, ${now.metrics} readings of metrics`;
}

/** One object, however many targets a folder holds. */
function joinReports(target: string, reports: readonly FindingsReport[]): FindingsReport {
  const [first] = reports;
  if (first !== undefined && reports.length === 1) return first;
  const questions = new Map<string, NotMeasurable>();
  for (const one of reports.flatMap((r) => r.notMeasurable)) questions.set(one.question, one);
  const findings = reports.flatMap((report) => report.findings);
  return {
    schema: 'whygo.findings/1',
    target,
    window: {
      from: reports.map((r) => r.window.from).sort()[0] ?? '',
      to:
        reports
          .map((r) => r.window.to)
          .sort()
          .at(-1) ?? '',
    },
    findings: findings.sort((a, b) => RANK[a.severity] - RANK[b.severity]),
    notMeasurable: [...questions.values()],
  };
}
