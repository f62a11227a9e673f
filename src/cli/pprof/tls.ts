/**
 * Certificates for servers that ask for them: -tls_cert, -tls_key, -tls_ca.
 *
 * internal/transport of Go 1.26's pprof, which uses them for symbols; google/pprof uses them for profiles
 * too, and so does this.
 */
import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { messageOf } from '../../base/errors.ts';
import { PprofError } from './io.ts';

/** Files in PEM; '' = not given. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  readonly ca: string;
}

/** Their contents, as node:tls takes them. */
export interface TlsOptions {
  readonly cert?: Buffer;
  readonly key?: Buffer;
  readonly ca?: Buffer;
}

/** Reads the files and checks that certificate and key belong together. Throws `PprofError`. */
export function loadTls({ cert, key, ca }: TlsFiles): TlsOptions {
  if (cert === '' && key !== '') {
    throw new PprofError('-tls_key is specified, so -tls_cert must also be specified');
  }
  if (cert !== '' && key === '') {
    throw new PprofError('-tls_cert is specified, so -tls_key must also be specified');
  }
  const pair = cert === '' ? {} : loadPair(cert, key);
  if (ca === '') return pair;
  try {
    return { ...pair, ca: readFileSync(ca) };
  } catch (error) {
    throw new PprofError(`could not load CA specified by -tls_ca: ${messageOf(error)}`);
  }
}

function loadPair(cert: string, key: string): TlsOptions {
  try {
    const pair = { cert: readFileSync(cert), key: readFileSync(key) };
    createSecureContext(pair);
    return pair;
  } catch (error) {
    const context = 'could not load certificate/key pair specified by -tls_cert and -tls_key';
    throw new PprofError(`${context}: ${messageOf(error)}`);
  }
}
