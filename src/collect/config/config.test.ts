import { describe, expect, test } from 'vitest';
import { UserError } from '../../base/errors.ts';
import { formatDuration, formatSize, parseDuration, parseSize } from '../duration.ts';
import { parseConfig, targetsFromArguments } from './config.ts';

const full = `
global:
  scrape_interval: 10s
scrape_configs:
  - job_name: shop
    scrape_interval: 1m30s
    scrape_timeout: 500ms
    scheme: https
    metrics_path: /metrics
    body_size_limit: 8MB
    pprof_label_value_limit: 16
    authorization:
      credentials_file: /run/secrets/token
    tls_config: {ca_file: ca.pem, insecure_skip_verify: true}
    static_configs:
      - targets: ['10.0.0.1:6060', "10.0.0.2:6060"]
        labels: {env: prod, version: 1.2, service: storefront}
    profiling_config:
      path_prefix: /internal/
      pprof_config:
        process_cpu: {seconds: 20}
        memory: {path: /custom/heap}
        block: {enabled: false}
        fgprof: {enabled: true, seconds: 5}
        goroutineleak: {interval: 10m}
        shop_orders: {delta: true}
  - job_name: other
    static_configs: [{targets: ['localhost:9090']}]
`;

describe('a configuration file', () => {
  const { targets } = parseConfig(full, 'whygo.yaml');
  const [first, , third] = targets;

  test('gives one target for each address', () => {
    expect(targets.map((t) => [t.service, t.origin, t.labels])).toEqual([
      [
        'storefront',
        'https://10.0.0.1:6060',
        { job: 'shop', env: 'prod', version: '1.2', instance: '10.0.0.1:6060' },
      ],
      [
        'storefront',
        'https://10.0.0.2:6060',
        { job: 'shop', env: 'prod', version: '1.2', instance: '10.0.0.2:6060' },
      ],
      ['other', 'http://localhost:9090', { job: 'other', instance: 'localhost:9090' }],
    ]);
  });

  test('sets intervals, limits, authorization and TLS of a job', () => {
    expect(first).toMatchObject({
      scrapeIntervalMillis: 90_000,
      scrapeTimeoutMillis: 500,
      metricsIntervalMillis: 90_000,
      metricsPath: '/metrics',
      bodySizeLimit: 8 * 1024 * 1024,
      pprofLabelValueLimit: 16,
      authorization: { kind: 'header', type: 'Bearer', secret: { file: '/run/secrets/token' } },
      tls: { caFile: 'ca.pem', insecureSkipVerify: true },
    });
    expect(third).toMatchObject({ scrapeIntervalMillis: 10_000, metricsPath: '' });
  });

  test('chooses types, paths, seconds and deltas, under Parca’s names or net/http/pprof’s', () => {
    const profiles = new Map(first?.profiles.map((p) => [p.type, p]));
    expect([...profiles.keys()]).toEqual([
      'cpu',
      'heap',
      'mutex',
      'goroutine',
      'threadcreate',
      'fgprof',
      'goroutineleak',
      'shop_orders',
    ]);
    expect(profiles.get('cpu')).toMatchObject({
      path: '/internal/debug/pprof/profile',
      seconds: 20,
    });
    expect(profiles.get('heap')).toMatchObject({ path: '/custom/heap', delta: false });
    expect(profiles.get('mutex')).toMatchObject({ delta: true, seconds: undefined });
    expect(profiles.get('fgprof')).toMatchObject({ path: '/internal/debug/fgprof', seconds: 5 });
    expect(profiles.get('goroutineleak')?.intervalMillis).toBe(600_000);
    expect(profiles.get('shop_orders')?.delta).toBe(true);
    expect(first?.disabled).toEqual(['block']);
  });

  test('leaves a tenth of a short interval to what is not the CPU profile', () => {
    const seconds = third?.profiles.find((p) => p.type === 'cpu')?.seconds;
    expect(seconds).toBe(9);
  });
});

const minimal = (extra: string) =>
  `scrape_configs:\n  - job_name: a\n    static_configs: [{targets: ['h:1']}]\n${extra}`;

describe('a mistake in the file is an error with line, column and what to do', () => {
  const cases: [string, string, string, string][] = [
    [
      'unknown key',
      minimal('    scrape_intervall: 10s\n'),
      'f.yaml:4:5: unknown key “scrape_intervall”',
      'Did you mean “scrape_interval”?',
    ],
    [
      'a misspelt key that is needed',
      'scrape_configs:\n  - job_name: a\n    statik_configs: []\n',
      'f.yaml:3:5: unknown key “statik_configs”',
      'Did you mean “static_configs”?',
    ],
    [
      'unknown key without a neighbour',
      minimal('    kubernetes_sd_configs: []\n'),
      'f.yaml:4:5: unknown key “kubernetes_sd_configs”',
      'Remove it',
    ],
    [
      'no duration',
      minimal('    scrape_interval: 10\n'),
      'f.yaml:4:5: scrape_configs.0.scrape_interval: 10 is not a duration; write 10s, 500ms or 1m30s',
      'Correct it there',
    ],
    [
      'broken YAML',
      'scrape_configs:\n  - job_name: "a\n',
      'f.yaml:3:1: Missing closing "quote',
      'Correct the YAML there',
    ],
    [
      'nothing',
      '',
      'f.yaml:1:1: scrape_configs: Invalid input: expected array, received undefined',
      'Correct it there',
    ],
    [
      'an unusable target',
      minimal('  - job_name: b\n    static_configs:\n      - targets:\n          - "ftp://x"\n'),
      'f.yaml:7:13: “ftp://x” has the scheme ftp',
      'Give host:port or http://host:port/prefix of a program that serves /debug/pprof',
    ],
    [
      'a job twice',
      minimal("  - job_name: a\n    static_configs: [{targets: ['h:2']}]\n"),
      'f.yaml:4:5: the job “a” is there twice',
      'Give each job its own job_name',
    ],
    [
      'a target twice',
      minimal("  - job_name: b\n    static_configs: [{targets: ['h:1']}]\n"),
      'the target http://h:1 is there twice',
      'Name it once',
    ],
    [
      'a job without targets',
      'scrape_configs:\n  - job_name: a\n',
      'f.yaml:2:5: scrape_configs.0: a job needs static_configs, file_sd_configs or dns_sd_configs',
      'Correct it there',
    ],
    [
      'a name without a port',
      'scrape_configs:\n  - job_name: a\n    dns_sd_configs: [{names: [h], type: A}]\n',
      'f.yaml:3:22: scrape_configs.0.dns_sd_configs.0: a port is needed for every type but SRV',
      'Correct it there',
    ],
    [
      'two ways to log in',
      minimal('    basic_auth: {username: u}\n    authorization: {credentials: x}\n'),
      'f.yaml:2:5: scrape_configs.0: a job takes either authorization or basic_auth',
      'Correct it there',
    ],
  ];
  test.each(cases)('%s', (_name, text, message, next) => {
    const thrown = catchError(() => parseConfig(text, 'f.yaml'));
    expect(thrown).toBeInstanceOf(UserError);
    expect(thrown).toMatchObject({ code: 'config-invalid', message, next });
  });
});

describe('targets as arguments', () => {
  const only = (argument: string) => targetsFromArguments([argument]).targets[0];

  test.each([
    ['localhost:6060', 'http://localhost:6060', '', 'localhost:6060'],
    ['6060', 'http://localhost:6060', '', 'localhost:6060'],
    [':6060', 'http://localhost:6060', '', 'localhost:6060'],
    ['http://h:1/svc/', 'http://h:1', '/svc', 'h:1'],
    ['https://h/debug/pprof/heap?debug=1', 'https://h', '', 'h:443'],
    ['http://h:1/a/b/debug/metrics', 'http://h:1', '/a/b', 'h:1'],
    ['http://[::1]:6060/debug/pprof/', 'http://[::1]:6060', '', '[::1]:6060'],
  ])('%s', (argument, origin, pathPrefix, instance) => {
    expect(only(argument)).toMatchObject({ origin, pathPrefix, instance, service: '' });
    expect(only(argument)?.profiles[0]?.path).toBe(`${pathPrefix}/debug/pprof/profile`);
  });

  test('take a user name and password from the URL, and do not show them', () => {
    const target = only('http://u%40x:p@h:1');
    expect(target?.authorization).toEqual({
      kind: 'basic',
      username: 'u@x',
      secret: { text: 'p' },
    });
    expect(target?.origin).toBe('http://h:1');
  });

  test.each(['', 'not an address', 'ftp://x', 'http://'])('%j is refused', (argument) => {
    expect(() => only(argument)).toThrow(UserError);
  });
});

test.each([
  ['10s', 10_000],
  ['1m30s', 90_000],
  ['1.5s', 1500],
  ['500ms', 500],
  ['1d2h', 93_600_000],
  ['0', 0],
  ['', undefined],
  ['10', undefined],
  ['1s1m', undefined],
  ['1m1m', undefined],
  ['-1s', undefined],
])('duration %j is %s ms', (text, millis) => {
  expect(parseDuration(text)).toBe(millis);
});

test('durations and sizes read back', () => {
  expect([90_000, 0, 1500].map(formatDuration)).toEqual(['1m30s', '0s', '1s500ms']);
  expect(['64MB', '1.5KiB', '10', '1XB'].map(parseSize)).toEqual([67_108_864, 1536, 10, undefined]);
  expect([512, 1536, 67_108_864].map(formatSize)).toEqual(['512 B', '1.5 KB', '64 MB']);
});

function catchError(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  return undefined;
}
