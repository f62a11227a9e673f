/**
 * Frame origins as the page colours them: those of report/origin.ts, with system calls and cgo as one.
 */
import { frameOrigin } from '../../report/origin.ts';
import { ORIGINS, type Origin } from '../theme/colors.ts';

/** `ownModules`: module paths known to be the user's; [] = unknown. */
export function originOf(name: string, file: string, ownModules: readonly string[] = []): Origin {
  const origin = frameOrigin(name, file, ownModules);
  return origin === 'syscall' || origin === 'cgo' ? 'system' : origin;
}

/** Index into ORIGINS for each frame of a table. */
export function originsOf(
  frames: { readonly name: readonly string[]; readonly file: readonly string[] },
  ownModules: readonly string[] = [],
): Uint8Array {
  return Uint8Array.from(frames.name, (name, frame) =>
    ORIGINS.indexOf(originOf(name, frames.file[frame] ?? '', ownModules)),
  );
}
