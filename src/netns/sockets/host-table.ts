import { isIP } from 'node:net';
import { quote, UsageError } from '../../core/errors.js';
import { suggest } from '../../core/nearest.js';

/**
 * Names and their IP addresses, or the function that knows them. There is no DNS: Node asks it on threads of its own,
 * which are not in the namespace.
 */
export type HostTable = Readonly<Record<string, string>> | ((name: string) => string | undefined);

/** Why names are not resolved, and what to do. */
const NO_DNS = 'Names are not looked up: DNS would be asked from outside the namespace';

/**
 * The IP address that a host stands for: itself, or what the first table that knows the name says. `localhost` is
 * 127.0.0.1 unless a table says otherwise.
 *
 * @throws UsageError for a name that no table knows, or whose entry is no IP address
 */
export function resolveHost(subject: string, host: unknown, ...tables: readonly (HostTable | undefined)[]): string {
  if (typeof host !== 'string' || host === '')
    throw new UsageError(subject, `host must be an IP address, such as "10.0.0.1", not ${quote(host)}`);
  if (isIP(host) !== 0) return host;
  for (const table of tables) {
    const address = lookUp(table, host);
    if (address === undefined) continue;
    if (typeof address === 'string' && isIP(address) !== 0) return address;
    throw new UsageError(subject, `the hosts table says ${quote(address)} for ${quote(host)}, which is no IP address`);
  }
  if (host === 'localhost') return '127.0.0.1';
  const names = tables.flatMap((table) => (typeof table === 'object' ? Object.keys(table) : []));
  const near = suggest(host, names);
  throw new UsageError(
    subject,
    `host ${quote(host)} is neither an IP address nor a name of the hosts table${near === '' ? '.' : near} ${NO_DNS}. ` +
      `Give its address, or hosts: { ${JSON.stringify(host)}: "10.0.0.1" }`,
  );
}

function lookUp(table: HostTable | undefined, name: string): unknown {
  if (typeof table === 'function') return table(name);
  return table !== undefined && Object.hasOwn(table, name) ? table[name] : undefined;
}
