import { statSync } from 'node:fs';
import { quote } from '../../../core/errors.js';
import { errnoOf } from '../../../core/kernel-error.js';
import { readOwnNetns } from '../../../native/netns.js';
import { decodeAddresses } from '../../netlink/address.js';
import { encodeListAddresses } from '../../netlink/address-requests.js';
import { EVERYWHERE } from '../../netlink/ip-prefix.js';
import { decodeLinks } from '../../netlink/link.js';
import { encodeListLinks } from '../../netlink/link-requests.js';
import { decodeRoutes } from '../../netlink/route.js';
import { encodeListRoutes } from '../../netlink/route-requests.js';
import { Netns, type NetnsOptions } from '../../netns.js';
import type { LabSpec } from '../lab-spec.js';
import { addressToNumber, networkAround } from '../read/ip-network.js';
import type { Occupied, Survey } from '../read/occupied.js';
import { isFields } from '../read/place.js';

/** RT_TABLE_MAIN of include/uapi/linux/rtnetlink.h; the routes of others are chosen by rules. */
const MAIN_TABLE = 254;

/** What leads to a namespace that exists. */
export type NetnsPlace = string | number | Netns;

/** A handle of a namespace that exists, which can be closed without closing anybody else's. @throws KernelError */
export function openPlace(place: NetnsPlace, options: NetnsOptions = {}): Netns {
  if (typeof place === 'number') return Netns.ofProcess(place, options);
  return Netns.open(typeof place === 'string' ? place : place.path, options);
}

/** Looks into every namespace that a spec adopts, before anything is planned. @throws KernelError EPERM */
export function surveyNamespaces(spec: LabSpec): Survey {
  const survey = new Map<string, Occupied | { readonly refusal: string }>();
  const owners = new Map<number, string>();
  for (const [name, place] of listPlaces(spec)) {
    try {
      using netns = openPlace(place);
      const first = owners.get(netns.inode);
      const refusal = isOwn(netns.inode)
        ? `${quote(place)} is the namespace that this process is in, or the machine's own, whose network a lab leaves alone; give the host one of its own, or leave netns out`
        : first && `${quote(place)} is the namespace of ${quote(first)} too`;
      owners.set(netns.inode, name);
      survey.set(name, refusal === undefined ? lookInto(netns) : { refusal });
    } catch (error) {
      if (!['ENOENT', 'ESRCH', 'EINVAL'].includes(errnoOf(error) ?? '') || !(error instanceof Error)) throw error;
      survey.set(name, { refusal: error.message });
    }
  }
  return survey;
}

/** Those that are no such thing are told of when the spec is read. */
function listPlaces(spec: LabSpec): readonly (readonly [string, NetnsPlace])[] {
  if (!isFields(spec)) return [];
  return [spec['hosts'], spec['routers']].flatMap((nodes) =>
    Object.entries(isFields(nodes) ? nodes : {}).flatMap(([name, node]) => {
      const place = isFields(node) ? node['netns'] : undefined;
      const isPlace =
        (typeof place === 'string' && place.startsWith('/') && !place.includes('\0')) ||
        (typeof place === 'number' && Number.isInteger(place) && place > 0) ||
        (place instanceof Netns && !place.closed);
      return isPlace ? [[name, place] as const] : [];
    }),
  );
}

function isOwn(inode: number): boolean {
  if (inode === readOwnNetns()) return true;
  try {
    return inode === statSync('/proc/1/ns/net').ino;
  } catch {
    // Who may not look at it cannot enter it either.
    return false;
  }
}

function lookInto({ netlink }: Netns): Occupied {
  const links = decodeLinks(netlink.dump(encodeListLinks()));
  const names = new Map(links.map(({ index, name }) => [index, name]));
  const addresses = decodeAddresses(netlink.dump(encodeListAddresses()));
  const routes = decodeRoutes(netlink.dump(encodeListRoutes())).filter(({ table }) => table === MAIN_TABLE);
  const destinations = routes.filter(({ destination, family }) => destination !== EVERYWHERE[family]);
  return {
    names: links.flatMap(({ name, altNames }) => [name, ...altNames]).filter((name) => name !== 'lo'),
    highestIfindex: Math.max(1, ...links.map(({ index }) => index)),
    networks: [
      ...addresses.map(({ address, prefixLength }) => networkAround(address, prefixLength)),
      ...destinations.map(({ destination }) => {
        const [address = '', length] = destination.split('/');
        return networkAround(address, Number(length));
      }),
    ],
    addresses: addresses.map(({ family, address, ifindex }) => ({
      family,
      value: addressToNumber(address),
      interface: names.get(ifindex) ?? String(ifindex),
    })),
    routes: routes.map(({ destination, metric }) => ({ to: destination, metric })),
  };
}
