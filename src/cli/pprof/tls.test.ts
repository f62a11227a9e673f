import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { fetchBytes, postText } from './remote.ts';
import { loadTls, type TlsFiles } from './tls.ts';

const NO_FILES: TlsFiles = { cert: '', key: '', ca: '' };
const folder = mkdtempSync(join(tmpdir(), 'tls-'));
const file = (name: string) => join(folder, name);

function openssl(...args: string[]): void {
  const run = spawnSync('openssl', args, { cwd: folder, encoding: 'utf8' });
  if (run.status !== 0) throw new Error(run.stderr);
}

/** A key and a certificate that our own authority has signed. */
function issue(name: string): void {
  const subject = ['-subj', `/CN=${name}`];
  openssl(
    'req',
    '-newkey',
    'rsa:2048',
    '-nodes',
    '-keyout',
    `${name}.key`,
    '-out',
    `${name}.csr`,
    ...subject,
  );
  writeFileSync(file('names'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  const authority = ['-CA', 'ca.pem', '-CAkey', 'ca.key', '-CAcreateserial', '-extfile', 'names'];
  openssl('x509', '-req', '-in', `${name}.csr`, '-out', `${name}.pem`, '-days', '2', ...authority);
}

const hasOpenssl = spawnSync('openssl', ['version']).status === 0;

describe.skipIf(!hasOpenssl)('servers with TLS (needs openssl to make certificates)', () => {
  let server: Server;
  let url = '';
  const get = (address: string, files: Partial<TlsFiles>) =>
    fetchBytes({ url: address, timeout: 5 }, 1 << 20, loadTls({ ...NO_FILES, ...files }));

  beforeAll(async () => {
    const authority = ['-keyout', 'ca.key', '-out', 'ca.pem', '-days', '2', '-subj', '/CN=ca'];
    openssl('req', '-x509', '-newkey', 'rsa:2048', '-nodes', ...authority);
    issue('server');
    issue('client');
    const [key, cert, ca] = ['server.key', 'server.pem', 'ca.pem'].map((name) =>
      readFileSync(file(name)),
    );
    server = createServer(
      { key, cert, ca, requestCert: true, rejectUnauthorized: false },
      (request, response) => {
        const { socket } = request;
        const isKnown = 'authorized' in socket && socket.authorized === true;
        if (request.url === '/moved') response.writeHead(302, { location: `${url}/` });
        response.end(isKnown ? 'known' : 'unknown');
      },
    );
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    url = `https://127.0.0.1:${port}`;
  });

  afterAll(() => {
    server?.close();
  });

  test('are believed when -tls_ca has signed them', async () => {
    await expect(get(url, {})).rejects.toThrow(/certificate/);
    expect(Buffer.from(await get(url, { ca: file('ca.pem') })).toString()).toBe('unknown');
  });

  test('are asked without question by https+insecure, redirected as well', async () => {
    const insecure = url.replace('https:', 'https+insecure:');
    expect(Buffer.from(await get(insecure, {})).toString()).toBe('unknown');
    expect(Buffer.from(await get(`${insecure}/moved`, {})).toString()).toBe('unknown');
  });

  test('see the certificate of -tls_cert and -tls_key, for symbols as well', async () => {
    const files = { ca: file('ca.pem'), cert: file('client.pem'), key: file('client.key') };
    expect(Buffer.from(await get(url, files)).toString()).toBe('known');
    expect(await postText(`${url}/symbol`, '0x1', loadTls(files))).toBe('known');
  });

  test('are not asked when the files do not belong together', () => {
    const other = { ...NO_FILES, cert: file('client.pem'), key: file('server.key') };
    expect(() => loadTls(other)).toThrow('could not load certificate/key pair');
    expect(() => loadTls({ ...NO_FILES, ca: file('none.pem') })).toThrow('could not load CA');
  });
});

test('a key needs a certificate, and a certificate a key', () => {
  expect(() => loadTls({ ...NO_FILES, key: 'k' })).toThrow('-tls_cert must also be specified');
  expect(() => loadTls({ ...NO_FILES, cert: 'c' })).toThrow('-tls_key must also be specified');
});
