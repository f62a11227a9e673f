/** Whether an argument names a recorded folder, or a type within one. Reads nothing of it. */
import { statSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';

export interface RecordedPath {
  readonly folder: string;
  /** Service and type, or type, or nothing. */
  readonly rest: readonly string[];
}

/** The folder that a path names, or that lies one or two steps above it; undefined for none. */
export function recordedPath(address: string): RecordedPath | undefined {
  let folder = address.replace(/[/\\]+$/, '') || address;
  for (let steps = 0; steps <= 2 && folder !== dirname(folder); steps++) {
    const stats = statSync(folder, { throwIfNoEntry: false });
    if (stats !== undefined && !stats.isDirectory()) return undefined;
    const isRecording = statSync(join(folder, 'manifest.json'), { throwIfNoEntry: false });
    // A folder that is named itself may have no manifest: profiles that somebody put there.
    if (stats !== undefined && (steps === 0 || isRecording !== undefined)) {
      return { folder, rest: relative(folder, address).split(sep).filter(Boolean) };
    }
    folder = dirname(folder);
  }
  return undefined;
}
