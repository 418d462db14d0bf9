import { readdir, readFile, stat } from 'node:fs/promises';
import { networkInterfaces } from 'node:os';
import { quote, UnsupportedError, UsageError } from '../core/errors.js';
import { KernelError } from '../core/kernel-error.js';
import type { InterfaceAddress, NetIfaceResolver, NetInterface } from './interfaces.js';

const SYSFS = '/sys/class/net';
const OWN_NETNS = '/proc/self/ns/net';
/** IFF_UP and IFF_LOOPBACK: include/uapi/linux/if.h. */
const FLAG_UP = 0x1;
const FLAG_LOOPBACK = 0x8;

/**
 * Answers from this machine, by reading alone: names, indexes, MTU and flags from sysfs, IPv6 addresses from
 * `/proc/net/if_inet6`, IPv4 addresses from `node:os`.
 *
 * It does not know everything: addresses have no labels (they take netlink); an interface that is down shows no IPv4
 * addresses; other network namespaces than the process's own cannot be read. `/sys` must be that of this namespace.
 *
 * @example
 * ```ts
 * const { index } = await new SystemNetIfaceResolver().interfaceByName('lo'); // 1
 * ```
 */
export class SystemNetIfaceResolver implements NetIfaceResolver {
  /** @throws KernelError ENODEV @throws UnsupportedError for another namespace than the process's own */
  async interfaceByName(name: string, netns?: string): Promise<NetInterface> {
    if (typeof name !== 'string' || name === '') {
      throw new UsageError('interfaceByName', `name must be a non-empty string, not ${quote(name)}`);
    }
    await requireOwnNetns(netns);
    // Such a name would lead out of the folder; Linux has no interface of it.
    const found = /[/\0]|^\.{1,2}$/.test(name) ? undefined : await readInterface(name, await readIpv6());
    if (found === undefined) throw missing(`look up interface ${quote(name)}`);
    return found;
  }

  /** @throws KernelError ENODEV @throws UnsupportedError for another namespace than the process's own */
  async interfaceByIndex(index: number, netns?: string): Promise<NetInterface> {
    const found = (await this.interfaces(netns)).find((each) => each.index === index);
    if (found === undefined) throw missing(`look up interface ${quote(index)}`);
    return found;
  }

  /** @throws UnsupportedError for another namespace than the process's own */
  async interfaces(netns?: string): Promise<readonly NetInterface[]> {
    await requireOwnNetns(netns);
    const ipv6 = await readIpv6();
    const all = await Promise.all((await readdir(SYSFS)).map((name) => readInterface(name, ipv6)));
    // One that went while it was read is left out, and so are files that are no interface (bonding_masters).
    return all.filter((each) => each !== undefined).sort((a, b) => a.index - b.index);
  }

  /** The inode of any namespace that has a path. @throws KernelError ENOENT @throws KernelError EINVAL for other files */
  async netnsInode(netns: string = OWN_NETNS): Promise<number> {
    const [own, other] = await Promise.all([stat(OWN_NETNS), statNetns(netns)]);
    // All namespaces lie on one file system, nsfs.
    if (own.dev !== other.dev) {
      throw new KernelError('EINVAL', {
        syscall: 'stat',
        action: `read network namespace ${quote(netns)}`,
        hint: 'It is no namespace',
      });
    }
    return other.ino;
  }
}

async function readInterface(
  name: string,
  ipv6: ReadonlyMap<string, readonly InterfaceAddress[]>,
): Promise<NetInterface | undefined> {
  const [index, mtu, flags] = await Promise.all(['ifindex', 'mtu', 'flags'].map((field) => readField(name, field)));
  if (index === undefined || mtu === undefined || flags === undefined) return undefined;
  return {
    name,
    index,
    mtu,
    up: (flags & FLAG_UP) !== 0,
    loopback: (flags & FLAG_LOOPBACK) !== 0,
    addresses: [...readIpv4(name), ...(ipv6.get(name) ?? [])],
  };
}

async function readField(name: string, field: string): Promise<number | undefined> {
  try {
    return Number((await readFile(`${SYSFS}/${name}/${field}`, 'utf8')).trim());
  } catch {
    return undefined;
  }
}

function readIpv4(name: string): readonly InterfaceAddress[] {
  return (networkInterfaces()[name] ?? [])
    .filter((entry) => entry.family === 'IPv4')
    .map((entry) => ({ address: entry.address, prefixLength: Number(entry.cidr?.split('/')[1] ?? 32), family: 4 }));
}

/** `/proc/net/if_inet6` has an address, index, prefix length, scope, flags and name per line; it is absent without IPv6. */
async function readIpv6(): Promise<ReadonlyMap<string, readonly InterfaceAddress[]>> {
  const addresses = new Map<string, InterfaceAddress[]>();
  const text = await readFile('/proc/self/net/if_inet6', 'utf8').catch(() => '');
  for (const line of text.split('\n')) {
    const [digits, , prefix, , , name] = line.trim().split(/\s+/);
    if (digits === undefined || prefix === undefined || name === undefined) continue;
    const address = compressIpv6(digits);
    addresses.set(name, [
      ...(addresses.get(name) ?? []),
      { address, prefixLength: Number.parseInt(prefix, 16), family: 6 },
    ]);
  }
  return addresses;
}

/** 32 hexadecimal digits in the short form of RFC 5952, as URLs write it. */
function compressIpv6(digits: string): string {
  const groups = digits.match(/.{4}/g) ?? [];
  return new URL(`http://[${groups.join(':')}]/`).hostname.slice(1, -1);
}

async function requireOwnNetns(netns: string | undefined): Promise<void> {
  if (netns === undefined) return;
  const [own, other] = await Promise.all([stat(OWN_NETNS), statNetns(netns)]);
  if (own.ino === other.ino && own.dev === other.dev) return;
  throw new UnsupportedError({
    capability: 'netns',
    reason: `SystemNetIfaceResolver reads the network namespace of its own process, and ${quote(netns)} is another one`,
    fix: `run the process there (ip netns exec, or nsenter --net=${netns}), or ask a FakeNetIfaceResolver`,
  });
}

async function statNetns(path: string): Promise<{ readonly dev: number; readonly ino: number }> {
  try {
    return await stat(path);
  } catch (cause) {
    throw new KernelError('ENOENT', { syscall: 'stat', action: `open network namespace ${quote(path)}`, cause });
  }
}

function missing(action: string): KernelError {
  return new KernelError('ENODEV', { syscall: 'read', action });
}
