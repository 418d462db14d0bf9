import { checkOptions, findUnknownOptions } from '../../core/check-options.js';
import { findSpanMistakes } from '../../core/clock-sleep.js';
import { quote, TimeoutError, UsageError } from '../../core/errors.js';
import { until } from '../../core/until.js';
import { familyOf, toAddressBytes } from '../../native/socket-address.js';
import type { Membership } from '../proc/memberships.js';
import { findGroupMistakes } from '../sockets/multicast.js';
import type { BridgeMemberships } from './bridge-memberships.js';

/** How a membership is waited for. */
export interface JoinedOptions {
  /** The interface that is to be in the group. @defaultValue any */
  readonly interface?: string;
  /** @defaultValue 5000 */
  readonly timeoutMs?: number;
  readonly signal?: AbortSignal;
}

/** @internal What a host is to this: its name, what the kernel says of its memberships, and the switches it is on. */
export interface JoiningHost {
  readonly name: string;
  memberships(): readonly Membership[];
  /** The switch, and its port, that an interface leads to. */
  switchBehind(device: string): SwitchPort | undefined;
}

/** @internal A port of a switch. */
export interface SwitchPort {
  readonly bridge: string;
  readonly port: string;
  readonly portIndex: number;
  /** What the switch knows now. */
  read(): BridgeMemberships;
}

/**
 * @internal Waits until the kernel of a host is in a group, and the switch that the host is on, if it snoops, sends the
 * group there.
 *
 * @throws UsageError @throws AbortedError @throws TimeoutError that says which of both is missing
 */
export async function waitUntilJoined(
  host: JoiningHost,
  group: string,
  options: JoinedOptions,
): Promise<readonly Membership[]> {
  checkJoined(host, group, options);
  const { interface: device, timeoutMs = 5000, signal } = options;
  let missing: string | undefined;
  const look = (): readonly Membership[] | undefined => {
    const all = host.memberships().filter((each) => isSame(each.group, group));
    const wanted = all.filter((each) => each.interface !== 'lo' && (device === undefined || each.interface === device));
    missing =
      wanted.length === 0
        ? describeMissing(host, group, device, all)
        : wanted.map((each) => findMissingPort(host.switchBehind(each.interface), group, each.interface)).find(Boolean);
    return missing === undefined ? wanted : undefined;
  };
  const what = `host ${quote(host.name)} to be in group ${group}${device === undefined ? '' : ` on ${device}`}`;
  try {
    return await until(look, {
      timeoutMs,
      intervalMs: 1,
      description: what,
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    if (!(error instanceof TimeoutError) || missing === undefined) throw error;
    throw new TimeoutError(`Timed out after ${timeoutMs} ms waiting for ${what}: ${missing}`, timeoutMs, {
      cause: error,
    });
  }
}

function checkJoined(host: JoiningHost, group: string, options: JoinedOptions): void {
  const subject = `host ${quote(host.name)}: joined`;
  checkOptions(subject, options);
  const { interface: device, timeoutMs } = options;
  const isName = device === undefined || (typeof device === 'string' && device !== '');
  const mistakes = [
    ...findGroupMistakes(group, familyOf(String(group)) ?? 'IPv4'),
    ...findUnknownOptions(options, ['interface', 'timeoutMs', 'signal']),
    ...(isName ? [] : [`interface must be the name of an interface, not ${quote(device)}`]),
    ...(timeoutMs === undefined ? [] : findSpanMistakes('timeoutMs', timeoutMs)),
  ];
  if (mistakes.length > 0) throw new UsageError(subject, mistakes);
}

function describeMissing(
  host: JoiningHost,
  group: string,
  device: string | undefined,
  all: readonly Membership[],
): string {
  const elsewhere = all.map((each) => each.interface);
  const hint =
    elsewhere.length > 0
      ? `; it is in it on ${elsewhere.join(', ')}`
      : '; no socket has joined it. Join it first: host.udp({ port }).join(group, { interface })';
  const where = device === undefined ? '' : ` on ${device}`;
  return `the kernel of ${quote(host.name)} is not in group ${group}${where} (/proc/net/igmp, igmp6)${hint}`;
}

/** Why a switch does not send a group to a port; `undefined` when it does. */
function findMissingPort(port: SwitchPort | undefined, group: string, device: string): string | undefined {
  if (port === undefined || isAlwaysFlooded(group)) return undefined;
  const { isSnooping, memberships, routerPorts } = port.read();
  if (!isSnooping || routerPorts.includes(port.portIndex)) return undefined;
  const ofGroup = memberships.filter((each) => isIp(each.group) && isSame(each.group, group));
  if (ofGroup.some((each) => each.portIndex === port.portIndex)) return undefined;
  const others = ofGroup.map((each) => each.interface).join(', ');
  const hint = others === '' ? 'it knows of no member' : `it knows of members at ${others}`;
  return `the kernel has it on ${device}, but bridge ${quote(port.bridge)} has no entry for it at ${port.port} in its multicast database: ${hint}. Is the link up, and does the host's report get through?`;
}

/** Nobody reports these: net/ipv4/igmp.c, igmp_group_added; net/bridge/br_multicast.c, br_ip4_multicast_add_group and br_ip6_multicast_add_group. */
function isAlwaysFlooded(group: string): boolean {
  const bytes = toAddressBytes(group);
  if (bytes.length === 4) return bytes[0] === 224 && bytes[1] === 0 && bytes[2] === 0;
  return isSame(group, 'ff02::1') || ((bytes[1] ?? 0) & 0xf) < 2;
}

function isIp(address: string): boolean {
  return familyOf(address) !== undefined;
}

function isSame(a: string, b: string): boolean {
  return Buffer.from(toAddressBytes(a)).equals(toAddressBytes(b));
}
