/**
 * A note: one thing that a reader of a profile must know to read its numbers rightly.
 *
 * Not a finding: a note says nothing about the program, only about what the profile can and cannot
 * tell. docs/reading.md lists the rules with their sources.
 */

/** 'caution': the numbers mislead unless you know this. 'fact': what they are. */
export type NoteLevel = 'caution' | 'fact';

export interface Note {
  /** Stable: `truncated-stacks`. */
  readonly id: string;
  readonly level: NoteLevel;
  /** One or two sentences. */
  readonly text: string;
  /** The figures it was read from, one a line; [] = it holds for every profile of the type. */
  readonly evidence: readonly string[];
  /** Where the rule comes from: a file of Go's runtime, or release notes. */
  readonly source: string;
}

/** What is known about the run besides the profile; everything may be unknown. */
export interface ReadingContext {
  /** Profiles that were merged into this one. */
  readonly profiles?: number;
  /** Recorded time of all of them together in milliseconds; 0 = unknown, or a reading of a moment. */
  readonly durationMs?: number;
  /** GOMAXPROCS of the process. */
  readonly processors?: number;
  /** `1.22.3`; guessed from the paths of the sources where it is not given. */
  readonly goVersion?: string;
  /** Sample types that only some of the merged profiles had, and that were therefore left out. */
  readonly leftOutTypes?: readonly string[];
}
