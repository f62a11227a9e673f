import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { eventually } from '../../../test/collect/recording-sink.ts';
import { systemClock } from '../clock.ts';
import { parseConfig } from '../config/config.ts';
import type { TargetConfig } from '../config/target.ts';
import { Discoverer } from './discover.ts';
import type { NameServer } from './dns.ts';

let folder = '';
const running: Discoverer[] = [];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'whygo-discovery-'));
});
afterEach(async () => {
  for (const one of running.splice(0)) await one.stop();
  rmSync(folder, { recursive: true });
});

async function discover(jobs: string, nameServer?: NameServer) {
  const lists: (readonly TargetConfig[])[] = [];
  const errors: string[] = [];
  const discoverer = new Discoverer(parseConfig(`scrape_configs:\n${jobs}`, 'f.yaml'), {
    clock: systemClock,
    onTargets: (targets) => void lists.push(targets),
    onError: (error) => void errors.push(String(error)),
    ...(nameServer === undefined ? {} : { nameServer }),
  });
  running.push(discoverer);
  await discoverer.start();
  const last = () => lists.at(-1)?.map(({ origin, labels }) => [origin, labels.env]);
  return { lists, errors, last };
}

function write(name: string, content: unknown): void {
  const text = typeof content === 'string' ? content : JSON.stringify(content);
  writeFileSync(join(folder, name), text);
}

describe('files', () => {
  const job = () => `
  - job_name: shop
    file_sd_configs: [{files: ['${folder}/*.json', '${folder}/more.yml'], refresh_interval: 40ms}]
    relabel_configs:
      - {source_labels: [__meta_filepath], regex: '.*/(.*)\\.\\w+', target_label: file}`;

  test('give targets in JSON and YAML, and follow changes', async () => {
    write('a.json', [{ targets: ['h:1'], labels: { env: 'one' } }]);
    write('b.json', [{ targets: ['h:2'] }]);
    write('more.yml', '- targets: [h:3, h:1]\n');
    const { lists, last, errors } = await discover(job());
    expect(last()).toEqual([
      ['http://h:1', 'one'],
      ['http://h:2', undefined],
      ['http://h:3', undefined],
    ]);
    expect(lists[0]?.map(({ labels }) => labels.file)).toEqual(['a', 'b', 'more']);
    write('b.json', [{ targets: ['h:4'], labels: { env: 'new' } }]);
    await eventually(
      'the new target',
      () => last()?.some(([origin]) => origin === 'http://h:4') === true,
    );
    rmSync(join(folder, 'a.json'));
    await eventually('one less', () => last()?.every(([, env]) => env !== 'one') === true);
    expect(errors).toEqual([]);
  });

  test('keep their targets while they are broken, and tell it once with the line', async () => {
    write('a.json', [{ targets: ['h:1'] }]);
    write('more.yml', '');
    const { last, errors } = await discover(job());
    write('a.json', '[{"targets": ["h:2"],\n "lables": {}}]');
    await eventually('the error', () => errors.length > 0);
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(errors).toEqual([`UserError: ${folder}/a.json:2:2: unknown key “lables”`]);
    expect(last()).toEqual([['http://h:1', undefined]]);
  });

  test('that are not there, or name no address, are told and stop nothing', async () => {
    write('a.json', [{ targets: ['ftp://x', 'h:1'] }]);
    const { last, errors } = await discover(job());
    expect(last()).toEqual([['http://h:1', undefined]]);
    expect(errors.length).toBe(2);
    expect(errors.join('\n')).toContain(`${folder}/a.json: “ftp://x” has the scheme ftp`);
    expect(errors.join('\n')).toContain(`Cannot read ${folder}/more.yml`);
  });
});

/** A name server that knows these records and fails for everything else. */
function nameServer(answers: Record<string, unknown>): NameServer {
  const ask = async (type: string, name: string): Promise<never> => {
    const answer = answers[`${type} ${name}`];
    if (answer === undefined || answer instanceof Error) {
      throw Object.assign(new Error(`${type} ${name}`), {
        code: answer === undefined ? 'ENOTFOUND' : 'ETIMEOUT',
      });
    }
    return answer as never;
  };
  return {
    resolveSrv: (name) => ask('SRV', name),
    resolve4: (name: string) => ask('A', name),
    resolve6: (name: string) => ask('AAAA', name),
    resolveMx: (name) => ask('MX', name),
    resolveNs: (name) => ask('NS', name),
  };
}

describe('names', () => {
  const job = (type: string) => `
  - job_name: shop
    dns_sd_configs: [{names: [a.example, b.example], type: ${type}, port: 6060, refresh_interval: 20ms}]
    relabel_configs:
      - {source_labels: [__meta_dns_name], target_label: env}`;

  test('give an address for each record', async () => {
    const answers = {
      'SRV a.example': [{ name: 'h1.example', port: 81, priority: 0, weight: 0 }],
      'A a.example': ['10.0.0.1', '10.0.0.2'],
      'AAAA b.example': ['fd00::1'],
    };
    const of = async (type: string) => (await discover(job(type), nameServer(answers))).last();
    expect(await of('SRV')).toEqual([['http://h1.example:81', 'a.example']]);
    expect(await of('A')).toEqual([
      ['http://10.0.0.1:6060', 'a.example'],
      ['http://10.0.0.2:6060', 'a.example'],
    ]);
    expect(await of('AAAA')).toEqual([['http://[fd00::1]:6060', 'b.example']]);
  });

  test('keep their targets while the server fails, and lose them when they are gone', async () => {
    const answers: Record<string, unknown> = { 'A a.example': ['10.0.0.1'] };
    const { last, errors, lists } = await discover(job('A'), nameServer(answers));
    answers['A a.example'] = new Error('no answer');
    await eventually('the error', () => errors.length > 0);
    expect(errors[0]).toContain('Cannot resolve a.example (A)');
    expect(last()).toEqual([['http://10.0.0.1:6060', 'a.example']]);
    delete answers['A a.example'];
    await eventually('nothing left', () => lists.at(-1)?.length === 0);
  });
});

test('written and discovered targets are collected from once', async () => {
  write('a.json', [{ targets: ['h:1', 'h:2'] }]);
  const { last } = await discover(`
  - job_name: a
    static_configs: [{targets: ['h:1'], labels: {env: written}}]
  - job_name: b
    file_sd_configs: [{files: ['${folder}/a.json']}]`);
  expect(last()).toEqual([
    ['http://h:1', 'written'],
    ['http://h:2', undefined],
  ]);
});
