/**
 * Where a frame's code comes from: the user's module, a dependency, the standard library, or one of
 * the parts of Go's runtime that mean something of their own (collector, system calls, cgo).
 *
 * Judged from the symbol's package path and the file's path, as no profile says it outright. For
 * colours, and for findings that must lead with the user's own line.
 */

export type FrameOrigin = 'own' | 'dependency' | 'stdlib' | 'runtime' | 'gc' | 'syscall' | 'cgo';

/** First elements of the import paths of Go's standard library (Go 1.0–1.27). */
const STANDARD = new Set(
  (
    'archive arena bufio builtin bytes cmp compress container context crypto database debug ' +
    'embed encoding errors expvar flag fmt go hash html image index internal io iter log maps ' +
    'math mime net os path plugin reflect regexp runtime simd slices sort strconv strings ' +
    'structs sync syscall testing text time unicode unique unsafe vendor weak'
  ).split(' '),
);

/** The collector's own work in package runtime: marking, assisting, sweeping, scavenging. */
const COLLECTOR =
  /^(gc(?!WriteBarrier)|\(\*gc|bgsweep|bgscavenge|sweep|\(\*sweep|\(\*mspan\)\.sweep|scanobject|scanblock|scanstack|scanframe|scanSpan|scanConservative|greyobject|tryDeferToSpanScan|spanQueue|\(\*spanQueue|\(\*spanInlineMarkBits|markroot|mark(Bits|DirectObject)|shade|wbBuf|\(\*wbBuf|wbMove|bulkBarrier|deductAssistCredit|\(\*pageAlloc\)\.scavenge|\(\*scavenge|\(\*mheap\)\.reclaim|\(\*workbuf|\(\*limiter|\(\*activeSweep|heapBitsSmallForAddr|typePointers|\(\*typePointers|spanOf|findObject|finishsweep|getempty|putfull|trygetfull|runfinq|runFinalizers|freeSomeWbufs)/;

/** Entries into the kernel from package runtime. */
const RUNTIME_SYSCALLS =
  /^(futex|futexsleep|futexwakeup|usleep|epoll|netpoll(?!desc|blockcommit|goready|unblock|ready)|kevent|kqueue|madvise|sysMmap|mmap|munmap|sysMunmap|write1|read|openat|open|closefd|nanosleep|osyield|tgkill|clone|sigaltstack|rt_sigaction|rtsigprocmask|sched_yield|semasleep|semawakeup|mach_|pthread_cond|stdcall|libcCall|syscall|entersyscall|exitsyscall|reentersyscall|asmstdcall|timer_settime|setitimer)/;

/** Package path of a Go symbol: `net/http` of `net/http.(*conn).serve`; '' when it has none. */
export function packageOf(name: string): string {
  // Type arguments hold paths of their own: main.Map[github.com/x/y.Key].
  const bracket = name.indexOf('[');
  const plain = bracket > 0 ? name.slice(0, bracket) : name;
  const dot = plain.indexOf('.', plain.lastIndexOf('/') + 1);
  // The linker escapes dots of the last path element: gopkg.in/yaml%2ev3.
  return dot <= 0 ? '' : plain.slice(0, dot).replaceAll('%2e', '.');
}

/** `ownModules`: the user's module paths; [] = unknown, then local files outside GOROOT are own. */
export function frameOrigin(
  name: string,
  file: string,
  ownModules: readonly string[],
): FrameOrigin {
  const path = packageOf(name);
  if (isForeign(name, path, file)) return 'cgo';
  if (path === '') return withoutPackage(name, file);
  if (path === 'runtime') return runtimeOrigin(name.slice('runtime.'.length));
  if (path === 'runtime/cgo') return 'cgo';
  if (
    /^(syscall|internal\/syscall|(internal\/runtime|runtime\/internal)\/syscall)(\/|$)/.test(path)
  ) {
    return 'syscall';
  }
  if (/^golang\.org\/x\/sys(\/|$)/.test(path)) return 'syscall';
  if (/^(runtime|internal\/runtime|internal\/abi|internal\/cpu|type:|go:)/.test(path)) {
    return 'runtime';
  }
  if (ownModules.some((module) => path === module || path.startsWith(`${module}/`))) return 'own';
  if (path === 'main') return 'own';
  if (isDependencyFile(file)) return 'dependency';
  const first = path.split('/', 1)[0] ?? '';
  if (STANDARD.has(first) && !isLocalFile(file, path)) return 'stdlib';
  if (ownModules.length > 0 && first.includes('.')) return 'dependency';
  return file === '' && first.includes('.') ? 'dependency' : 'own';
}

function runtimeOrigin(local: string): FrameOrigin {
  if (/^(cgo|_cgo|asmcgo|cgocall)/.test(local)) return 'cgo';
  if (COLLECTOR.test(local)) return 'gc';
  return RUNTIME_SYSCALLS.test(local) ? 'syscall' : 'runtime';
}

/** C and other native code: its symbols have no Go package, or are cgo's wrappers. */
function isForeign(name: string, path: string, file: string): boolean {
  if (/(^|\.)_(Cfunc|cgo|Cgo)/.test(name) || name.startsWith('crosscall')) return true;
  if (/^\[.*\]$/.test(name)) return !/^\[(vdso|vsyscall|kernel)/.test(name);
  if (/\.(c|cc|cpp|cxx|h|hpp|rs|m|mm)$/.test(file)) return true;
  return path === '' && file !== '' && !/\.(go|s)$/.test(file) && !name.startsWith('<');
}

/** Assembly of the runtime and of internal/bytealg has no package: memeqbody, aeshashbody, gogo. */
function withoutPackage(name: string, file: string): FrameOrigin {
  if (/^\[(vdso|vsyscall|kernel)/.test(name)) return 'syscall';
  if (file === '' || /\/(runtime|internal)\//.test(file)) return 'runtime';
  return /\.s$/.test(file) ? 'stdlib' : 'runtime';
}

function isDependencyFile(file: string): boolean {
  if (/\/src\/vendor\//.test(file)) return false;
  return /@v\d/.test(file) || file.includes('/pkg/mod/') || file.includes('/vendor/');
}

/** True for a file that lies neither in a GOROOT's src nor, trimmed, at the package's own path. */
function isLocalFile(file: string, path: string): boolean {
  if (file === '' || file.startsWith(`${path}/`)) return false;
  // Linked names: time.Sleep is written in runtime/time.go, sync.runtime_Semacquire in runtime/sema.go.
  if (/(^|\/src\/)(runtime|internal)\//.test(file)) return false;
  return !file.includes(`/src/${path}/`) && !file.includes(`/src/vendor/`);
}
