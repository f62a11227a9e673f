/**
 * Where a frame's code comes from, read off its name and file: what frame colours mean.
 *
 * A reading, not a proof: a profile does not say which module was the main one. Code is a dependency
 * when its file lies in the module cache, in a vendor folder, or carries a version (`@v1.2.3`);
 * the standard library when its import path has no dot in the first element and the file lies in a
 * Go root (or is a bare import path, as -trimpath leaves it). What is left is taken for the user's.
 */
import { ORIGINS, type Origin } from '../theme/colors.ts';

const GC =
  /^runtime\.(gc[A-Z(]|bgsweep|bgscavenge|scan(object|block|stack|frame|conservative|Span)|greyobject|markroot|wbBuf|wbMove|bulkBarrier|sweepone|deductSweep|deductAssist|\(\*(gcWork|gcControllerState|gcBits|sweepLocked|mspan)\)\.(sweep|put|get|tryGet|balance|enlist|refill|heapScan|typePointers|markBits)|\(\*sweep|\(\*limiterEvent|spanOf|findObject|tryDeferToSpanScan|typePointers|\(\*spanInlineMarkBits|\(\*mheap\)\.(reclaim|nextSpanForSweep)|\(\*scavenge)/;
const SYSTEM =
  /^(syscall|internal\/runtime\/syscall|runtime\/internal\/syscall|golang\.org\/x\/sys\/\w+|internal\/syscall(\/\w+)*|runtime\/cgo|vdso|libc)\.|^runtime\.(cgocall|asmcgocall|cgoCall\w*|futex|epoll\w+|netpoll\w*|usleep|write1?|read|madvise|mmap|munmap|sysMmap|tgkill|kevent\w*|pthread\w*|semasleep|nanotime1|walltime1?|osyield|libcCall|syscall\w*|entersyscall|exitsyscall|reentersyscall)(\.|$)|^_cgo_|^\[/;
const VENDORED = /\/pkg\/mod\/|\/vendor\/|@v\d|^vendor\//;
const GO_ROOT = /\/(?:go|golang|libexec|GOROOT|go[\d.]+|go-[\d.]+)\/src\/|toolchain@v\d/i;

/** `net/http.(*conn).serve` → `net/http`; '' for C symbols and others without a package. */
export function packageOf(name: string): string {
  const stop = name.search(/[([]/);
  const head = stop < 0 ? name : name.slice(0, stop);
  const dot = head.indexOf('.', head.lastIndexOf('/') + 1);
  return dot < 0 ? '' : head.slice(0, dot);
}

function isStandard(importPath: string, file: string): boolean {
  const first = importPath.split('/', 1)[0] ?? '';
  if (first.includes('.') || importPath === 'main') return false;
  if (file === '' || GO_ROOT.test(file)) return true;
  // -trimpath and GOROOT_FINAL leave `net/http/server.go`, or some root in front of it.
  return file.startsWith(`${importPath}/`) || file.includes(`/src/${importPath}/`);
}

/** `ownModules`: module paths known to be the user's; they win over every reading. */
export function originOf(name: string, file: string, ownModules: readonly string[] = []): Origin {
  const importPath = packageOf(name);
  const own = ownModules.some((path) => importPath === path || importPath.startsWith(`${path}/`));
  if (own) return 'own';
  if (GC.test(name)) return 'gc';
  if (SYSTEM.test(name)) return 'system';
  if (importPath === '') return /^(gc|GC)\b/.test(name) ? 'gc' : file === '' ? 'other' : 'system';
  const root = importPath.split('/', 1)[0] ?? '';
  if (root === 'runtime' || importPath.startsWith('internal/runtime/')) return 'runtime';
  if (VENDORED.test(file) && !GO_ROOT.test(file)) return 'dependency';
  if (isStandard(importPath, file)) return 'stdlib';
  return 'own';
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
