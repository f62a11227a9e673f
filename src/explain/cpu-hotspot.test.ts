import { describe, expect, test } from 'vitest';
import { findCpuHotspots } from './cpu-hotspot.ts';
import { observationFromText } from './fromtext.ts';
import { openWindow } from './window.ts';

const SERVE = 'net/http.(*conn).serve;net/http.HandlerFunc.ServeHTTP;main.handle@m.go:3';

function find(stacks: string, heap = '') {
  const observation = observationFromText({
    captures: [
      { type: 'cpu', at: 0, for: 10, stacks },
      { type: 'heap', at: 0, stacks: heap },
    ],
  });
  return findCpuHotspots(openWindow(observation)).map((d) => {
    const [place] = d.finding.where;
    return `${d.finding.severity} ${place?.function}:${place?.line}`;
  });
}

/** A stack that takes 400 of 1,000 samples, the rest elsewhere and spread. */
function withRest(stack: string): string {
  const rest = Array.from({ length: 60 }, (_, i) => `main.rest${i}@r.go:${i + 1} 10`);
  return [`${stack} 400`, ...rest].join('\n');
}

describe('work that need not be done', () => {
  test.each([
    ['compiling expressions', 'regexp.MustCompile;regexp.compile;regexp/syntax.Parse'],
    ['expressions compiled by matching', 'regexp.MatchString;regexp.Compile;regexp.compile'],
    ['parsing templates', 'html/template.(*Template).Parse;text/template.(*Template).Parse'],
    ['loading time zones', 'time.LoadLocation;time.loadLocation;syscall.Open'],
    ['parsing certificates', 'crypto/x509.ParseCertificate;crypto/x509.parseCertificate'],
    ['seeding random sources', 'math/rand.NewSource;math/rand.(*rngSource).Seed'],
    ['making compressors', 'compress/gzip.(*Writer).Write;compress/flate.NewWriter'],
    ['capturing stacks', 'runtime/debug.Stack;runtime.Stack'],
    ['searching a slice', 'slices.Contains[go.shape.[]string,go.shape.string];runtime.memequal'],
    ['deep comparison', 'reflect.DeepEqual;reflect.deepValueEqual'],
    ['formatting keys', 'fmt.Sprintf;fmt.(*pp).doPrintf'],
    ['reading files for requests', 'os.ReadFile;os.Open;syscall.openat'],
  ])('%s is above low, at the user’s line', (_name, below) => {
    expect(find(withRest(`${SERVE};main.work@m.go:8;${below}`))[0]).toMatch(
      /^(high|medium) main\.work:8$/,
    );
  });

  test('a comparison that computes its key', () => {
    const sort = 'slices.SortFunc[go.shape.int];slices.pdqsortCmpFunc[go.shape.int]';
    const stack = `${SERVE};${sort};main.byDate@m.go:8;main.date@m.go:12;time.Parse;time.parseRFC3339`;
    expect(find(withRest(stack))[0]).toBe('high main.date:12');
  });

  test('strings that grow in a loop, told by their size', () => {
    const stack = 'main.export@m.go:8;runtime.concatstring2;runtime.concatstrings;runtime.memmove';
    expect(find(withRest(stack), 'main.export@m.go:8 100 3000000 0 0')[0]).toBe(
      'high main.export:8',
    );
    expect(find(withRest(stack), 'main.export@m.go:8 100 3000 0 0')[0]).toMatch(/^low/);
  });

  test('a file that is read and decoded for every request', () => {
    const stacks = `${SERVE};main.load@m.go:7;os.ReadFile;syscall.read 60
      ${SERVE};main.load@m.go:9;encoding/json.Unmarshal;encoding/json.(*decodeState).value 400`;
    expect(find(withRest('main.other@m.go:1').concat('\n', stacks))[0]).toBe('medium main.load:9');
  });

  test('many lines of one function count together', () => {
    const lines = Array.from({ length: 8 }, (_, i) => `main.tidy@m.go:${i};regexp.MustCompile 30`);
    expect(find([withRest('main.other@m.go:1'), ...lines].join('\n'))[0]).toMatch(
      /^medium main\.tidy/,
    );
  });
});

describe('work that may well be needed stays low', () => {
  test.each([
    ['a hot loop', 'main.loop@m.go:8'],
    ['decoding', 'main.work@m.go:8;encoding/json.Unmarshal;encoding/json.(*decodeState).value'],
    ['sorting', 'main.work@m.go:8;sort.Slice;sort.pdqsort_func;main.work.func1@m.go:9'],
    [
      'a plain comparison',
      'main.work@m.go:8;sort.Slice;sort.pdqsort_func;main.less@m.go:9;cmp.Compare',
    ],
    ['hashing', 'main.work@m.go:8;crypto/sha256.Sum256'],
    ['writing responses', `${SERVE};fmt.Fprintf;fmt.(*pp).doPrintf`],
    ['reading files in a batch job', 'main.batch@m.go:8;os.ReadFile;syscall.read'],
  ])('%s', (_name, stack) => {
    for (const found of find(withRest(stack))) expect(found).toMatch(/^low/);
  });

  test('what a library does for itself is not the caller’s', () => {
    const stack = 'main.logged@m.go:3;net/http.(*fileHandler).ServeHTTP;net/http.serveFile;os.Open';
    for (const found of find(withRest(stack))) expect(found).toMatch(/^low/);
  });

  test('an idle process', () => {
    const stacks = 'main.work@m.go:8;regexp.MustCompile 15\nmain.rest@m.go:9 30';
    expect(find(stacks)[0]).toBe('low main.work:8');
  });

  test('too few samples for any share', () => {
    expect(find('main.work@m.go:8;regexp.MustCompile 30')).toEqual([]);
  });
});
