import { describe, expect, test } from 'vitest';
import { frameOrigin, packageOf } from './origin.ts';

const goroot = '/usr/local/go/src';
const modcache = '/home/a/go/pkg/mod';

describe('the package of a symbol', () => {
  test.each([
    ['main.main', 'main'],
    ['net/http.(*conn).serve', 'net/http'],
    ['github.com/x/y/v2.F.func1', 'github.com/x/y/v2'],
    ['gopkg.in/yaml%2ev3.(*parser).peek', 'gopkg.in/yaml.v3'],
    ['main.Map[go.shape.string,github.com/x/y.T]', 'main'],
    ['slices.SortFunc[...]', 'slices'],
    ['memeqbody', ''],
    ['_start', ''],
  ])('%s is %j', (name, path) => {
    expect(packageOf(name)).toBe(path);
  });
});

describe('the origin of a frame', () => {
  test.each([
    ['main.main', '/home/a/shop/main.go', 'own'],
    ['example.com/shop/cart.Add', '/home/a/shop/cart/cart.go', 'own'],
    ['shop/cart.Add', '/home/a/shop/cart/cart.go', 'own'],
    ['github.com/x/y.F', `${modcache}/github.com/x/y@v1.2.3/f.go`, 'dependency'],
    ['github.com/x/y.F', 'github.com/x/y@v1.2.3/f.go', 'dependency'],
    ['github.com/x/y.F', '/home/a/shop/vendor/github.com/x/y/f.go', 'dependency'],
    ['time.Sleep', '/usr/local/go/src/runtime/time.go', 'stdlib'],
    ['sync.runtime_SemacquireMutex', 'runtime/sema.go', 'stdlib'],
    ['net/http.(*conn).serve', `${goroot}/net/http/server.go`, 'stdlib'],
    ['net/http.(*conn).serve', 'net/http/server.go', 'stdlib'],
    [
      'vendor/golang.org/x/net/idna.ToASCII',
      `${goroot}/vendor/golang.org/x/net/idna/idna.go`,
      'stdlib',
    ],
    ['slices.SortFunc[go.shape.int]', `${goroot}/slices/sort.go`, 'stdlib'],
    ['runtime.mallocgc', `${goroot}/runtime/malloc.go`, 'runtime'],
    ['runtime.gopark', `${goroot}/runtime/proc.go`, 'runtime'],
    ['internal/runtime/maps.(*Map).grow', `${goroot}/internal/runtime/maps/map.go`, 'runtime'],
    ['gcWriteBarrier', `${goroot}/runtime/asm_amd64.s`, 'runtime'],
    ['runtime.gcBgMarkWorker', `${goroot}/runtime/mgc.go`, 'gc'],
    ['runtime.scanobject', `${goroot}/runtime/mgcmark.go`, 'gc'],
    ['runtime.(*sweepLocked).sweep', `${goroot}/runtime/mgcsweep.go`, 'gc'],
    ['runtime.gcAssistAlloc', `${goroot}/runtime/mgcmark.go`, 'gc'],
    ['runtime.wbBufFlush1', `${goroot}/runtime/mwbbuf.go`, 'gc'],
    ['runtime.futex', `${goroot}/runtime/sys_linux_amd64.s`, 'syscall'],
    ['runtime.epollwait', `${goroot}/runtime/netpoll_epoll.go`, 'syscall'],
    ['runtime.madvise', `${goroot}/runtime/sys_linux_amd64.s`, 'syscall'],
    ['syscall.Syscall', `${goroot}/syscall/syscall_linux.go`, 'syscall'],
    [
      'internal/runtime/syscall.Syscall6',
      `${goroot}/internal/runtime/syscall/asm_linux_amd64.s`,
      'syscall',
    ],
    [
      'golang.org/x/sys/unix.Read',
      `${modcache}/golang.org/x/sys@v0.30.0/unix/syscall.go`,
      'syscall',
    ],
    ['runtime.cgocall', `${goroot}/runtime/cgocall.go`, 'cgo'],
    ['main._Cfunc_compress', '_cgo_gotypes.go', 'cgo'],
    ['deflate', '/src/zlib/deflate.c', 'cgo'],
    ['[libc.so.6]', '', 'cgo'],
    ['[vdso]', '', 'syscall'],
  ])('%s in %s: %s', (name, file, origin) => {
    expect(frameOrigin(name, file, [])).toBe(origin);
  });

  test("the user's modules are own wherever they lie", () => {
    const modules = ['example.com/shop'];
    expect(frameOrigin('example.com/shop/cart.Add', '', modules)).toBe('own');
    expect(frameOrigin('example.com/shop.Run', 'example.com/shop@v1.0.0/run.go', modules)).toBe(
      'own',
    );
    // Not a prefix of another module's name.
    expect(frameOrigin('example.com/shopping.F', '/x/f.go', modules)).toBe('dependency');
  });

  test('a local package named as one of the standard library is own', () => {
    expect(frameOrigin('internal/cart.Add', '/home/a/shop/internal/cart/cart.go', [])).toBe('own');
  });
});
