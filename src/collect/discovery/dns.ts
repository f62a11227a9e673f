/**
 * Targets from DNS: Prometheus's `dns_sd_configs`.
 *
 * A name that cannot be resolved keeps the targets that it had; a name that does not exist has none.
 * Labels are Prometheus's (discovery/dns/dns.go): `__meta_dns_name`, and of SRV, MX and NS records
 * the record they came from.
 */
import { Resolver } from 'node:dns/promises';
import { messageOf, UserError } from '../../base/errors.ts';
import type { TargetGroup } from '../config/config.ts';
import type { DnsDiscoveryFile } from '../config/schema.ts';

/** What is asked of the network; `node:dns/promises` has it. */
export type NameServer = Pick<
  Resolver,
  'resolveSrv' | 'resolve4' | 'resolve6' | 'resolveMx' | 'resolveNs'
>;

/** There is no such name, or it has no record of this type. */
const NO_RECORD = new Set(['ENOTFOUND', 'ENODATA']);

export class DnsGroups {
  readonly #config: DnsDiscoveryFile;
  readonly #server: NameServer;
  #known = new Map<string, readonly TargetGroup[]>();

  constructor(config: DnsDiscoveryFile, server: NameServer = new Resolver({ timeout: 5000 })) {
    this.#config = config;
    this.#server = server;
  }

  /** The groups of every name now. `tell` is told of every name that could not be asked for. */
  async read(tell: (error: UserError) => void): Promise<readonly TargetGroup[]> {
    const groups = await Promise.all(this.#config.names.map((name) => this.#groups(name, tell)));
    return groups.flat();
  }

  async #groups(name: string, tell: (error: UserError) => void): Promise<readonly TargetGroup[]> {
    try {
      this.#known.set(name, await this.#resolve(name));
    } catch (error) {
      if (isNoRecord(error)) this.#known.delete(name);
      else {
        const next = 'The targets that it had are kept; see whether the name server answers';
        const what = `Cannot resolve ${name} (${this.#config.type}): ${messageOf(error)}`;
        tell(new UserError('cannot-resolve', what, next));
      }
    }
    return this.#known.get(name) ?? [];
  }

  async #resolve(name: string): Promise<readonly TargetGroup[]> {
    const { type, port = 0 } = this.#config;
    const server = this.#server;
    const group = (host: string, at: number, labels: Record<string, string> = {}): TargetGroup => ({
      targets: [`${host.includes(':') ? `[${host}]` : host}:${at}`],
      labels: { __meta_dns_name: name, ...labels },
    });
    switch (type) {
      case 'SRV':
        return (await server.resolveSrv(name)).map((record) =>
          group(record.name, record.port, {
            __meta_dns_srv_record_target: record.name,
            __meta_dns_srv_record_port: String(record.port),
          }),
        );
      case 'A':
        return (await server.resolve4(name)).map((address) => group(address, port));
      case 'AAAA':
        return (await server.resolve6(name)).map((address) => group(address, port));
      case 'MX':
        return (await server.resolveMx(name)).map(({ exchange }) =>
          group(exchange, port, { __meta_dns_mx_record_target: exchange }),
        );
      case 'NS':
        return (await server.resolveNs(name)).map((host) =>
          group(host, port, { __meta_dns_ns_record_target: host }),
        );
    }
  }
}

function isNoRecord(error: unknown): boolean {
  return error instanceof Error && 'code' in error && NO_RECORD.has(String(error.code));
}
