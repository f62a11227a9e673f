/** How a target is talked to: who we say we are, and whom we believe. */
import type { JobFile } from './schema.ts';

export type Authorization =
  | { readonly kind: 'none' }
  | { readonly kind: 'header'; readonly type: string; readonly secret: Secret }
  | { readonly kind: 'basic'; readonly username: string; readonly secret: Secret };

/** A secret as it stands, or the file that holds it (read again whenever it is used). */
export type Secret = { readonly text: string } | { readonly file: string };

export interface TlsConfig {
  readonly caFile?: string;
  readonly certFile?: string;
  readonly keyFile?: string;
  readonly serverName?: string;
  readonly insecureSkipVerify: boolean;
}

export function authorizationOf(job: JobFile): Authorization | undefined {
  if (job.authorization) {
    const { type, credentials, credentials_file: file = '' } = job.authorization;
    const secret = credentials === undefined ? { file } : { text: credentials };
    return { kind: 'header', type, secret };
  }
  if (job.basic_auth) {
    const { username, password = '', password_file: file } = job.basic_auth;
    return { kind: 'basic', username, secret: file === undefined ? { text: password } : { file } };
  }
  return undefined;
}

export function tlsOf(job: JobFile): TlsConfig {
  const tls = job.tls_config ?? {};
  return {
    ...(tls.ca_file !== undefined && { caFile: tls.ca_file }),
    ...(tls.cert_file !== undefined && { certFile: tls.cert_file }),
    ...(tls.key_file !== undefined && { keyFile: tls.key_file }),
    ...(tls.server_name !== undefined && { serverName: tls.server_name }),
    insecureSkipVerify: tls.insecure_skip_verify ?? false,
  };
}
