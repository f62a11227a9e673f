import { describe, expect, test } from 'vitest';
import { parseConfig } from './config.ts';
import type { TargetLabels } from './relabel.ts';

/** The labels and addresses of the targets that remain of h:1 and h:2 with those rules. */
function targets(rules: string, labels = '{env: prod, zone: eu-1}') {
  const text = `
scrape_configs:
  - job_name: shop
    static_configs: [{targets: ['h:1', 'h:2'], labels: ${labels}}]
    relabel_configs:
${rules.replace(/^/gm, '      ')}`;
  return parseConfig(text, 'f.yaml').targets;
}

function labelsOf(rules: string, labels?: string): TargetLabels | undefined {
  return targets(rules, labels)[0]?.labels;
}

describe('relabelling', () => {
  test('replaces with groups, by number and by name, and leaves what does not match', () => {
    expect(
      labelsOf(`- {source_labels: [zone], regex: '(\\w+)-(?P<n>\\d)', target_label: region, replacement: '$1/\${n}$$'}
- {source_labels: [zone], regex: us, target_label: env, replacement: other}`),
    ).toEqual({ job: 'shop', env: 'prod', zone: 'eu-1', region: 'eu/1$', instance: 'h:1' });
  });

  test('matches the whole joined value', () => {
    const rule = (regex: string) =>
      targets(`- {source_labels: [env, zone], separator: '/', regex: '${regex}', action: keep}`);
    expect(rule('prod/eu-1').length).toBe(2);
    expect(rule('prod').length).toBe(0);
  });

  test('keeps and drops by address', () => {
    const origins = (rule: string) => targets(rule).map(({ origin }) => origin);
    expect(origins(`- {source_labels: [__address__], regex: 'h:1', action: drop}`)).toEqual([
      'http://h:2',
    ]);
    expect(origins(`- {source_labels: [__address__], regex: 'h:1', action: Keep}`)).toEqual([
      'http://h:1',
    ]);
    expect(origins(`- {source_labels: [env], target_label: zone, action: keepequal}`)).toEqual([]);
    expect(origins(`- {source_labels: [env], target_label: zone, action: dropequal}`).length).toBe(
      2,
    );
  });

  test('maps, drops and keeps labels by name', () => {
    const labels = '{__meta_kubernetes_pod: p, __meta_kubernetes_node: n, env: e}';
    expect(
      labelsOf(
        `- {regex: __meta_kubernetes_(.+), action: labelmap}
- {regex: env|no.e, action: labeldrop}`,
        labels,
      ),
    ).toEqual({ job: 'shop', pod: 'p', instance: 'h:1' });
    expect(labelsOf(`- {regex: __.*|env, action: labelkeep}`)).toEqual({
      env: 'prod',
      instance: 'h:1',
    });
  });

  test('hashes as Prometheus does, so that collectors share the targets', () => {
    // Computed with Go: crypto/md5, binary.BigEndian.Uint64(sum[8:]) % 1000.
    const shard = (address: string) =>
      labelsOf(`- {replacement: '${address}', target_label: key}
- {source_labels: [key], modulus: 1000, target_label: shard, action: hashmod}`)?.shard;
    expect([shard('h:1'), shard('10.0.0.1:6060')]).toEqual(['59', '629']);
  });

  test('changes the address, scheme, path and interval', () => {
    const [target] = targets(`- {source_labels: [__address__], regex: 'h:2', action: drop}
- {replacement: 'proxy:80', target_label: __address__}
- {replacement: https, target_label: __scheme__}
- {source_labels: [zone], target_label: __path_prefix__, replacement: /go/$1/}
- {replacement: 1m, target_label: __scrape_interval__}
- {action: uppercase, source_labels: [env], target_label: service}
- {replacement: '', target_label: zone}
- {replacement: x, target_label: __tmp}`);
    expect(target).toMatchObject({
      origin: 'https://proxy:80',
      pathPrefix: '/go/eu-1',
      scrapeIntervalMillis: 60_000,
      metricsIntervalMillis: 60_000,
      service: 'PROD',
      labels: { job: 'shop', env: 'prod', instance: 'proxy:80' },
    });
    expect(target?.labels.zone).toBeUndefined();
    expect(target?.profiles[0]?.path).toBe('/go/eu-1/debug/pprof/profile');
  });

  test.each([
    ['{regex: "(", target_label: a}', '"(" is not a regular expression (RE2)'],
    ['{action: hashmod, target_label: a}', 'the action hashmod needs a modulus'],
    ['{replacement: a}', 'this action needs a target_label'],
    ['{replacement: ftp, target_label: __scheme__}', '__scheme__ is “ftp” after relabelling'],
    ['{replacement: x, target_label: __scrape_interval__}', '__scrape_interval__ is “x”'],
    ['{source_label: [a], target_label: b}', 'unknown key “source_label”'],
  ])('%s is a mistake with its place', (rule, message) => {
    expect(() => targets(`- ${rule}`)).toThrow(message);
    expect(() => targets(`- ${rule}`)).toThrow(/^f\.yaml:\d+:\d+: /);
  });
});
