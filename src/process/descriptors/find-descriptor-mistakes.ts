import { quote } from '../../core/errors.js';
import { isRecord } from '../../core/is-record.js';
import { familyOf } from '../../native/socket-address.js';
import type { SpawnOptions } from '../spawn-options.js';
import { readDescriptor } from './descriptor-channel.js';

const FIRST_NUMBER = 3;
const LAST_NUMBER = 255;

/** What is wrong with what a program is to be handed. */
export function findDescriptorMistakes({ descriptors, sockets, ready }: SpawnOptions): readonly string[] {
  if (!isRecord(descriptors ?? {}))
    return [`descriptors must be an object such as { 3: channel }, not ${quote(descriptors)}`];
  if (!isRecord(sockets ?? {}))
    return [`sockets must be an object such as { http: { tcp: 0 } }, not ${quote(sockets)}`];
  const taken = new Map(
    Object.keys(sockets ?? {}).map((name, index) => [FIRST_NUMBER + index, `socket ${quote(name)}`]),
  );
  const mistakes = Object.entries(sockets ?? {}).flatMap(([name, spec]) => findSocketMistakes(name, spec));
  for (const [key, source] of Object.entries(descriptors ?? {})) {
    const number = Number(key);
    if (!Number.isInteger(number) || number < FIRST_NUMBER || number > LAST_NUMBER)
      mistakes.push(`descriptors: ${quote(key)} must be a number from ${FIRST_NUMBER} to ${LAST_NUMBER}`);
    if (readDescriptor(source) === undefined) mistakes.push(`descriptors[${key}] is none, or closed: ${quote(source)}`);
    if (taken.has(number))
      mistakes.push(`descriptors[${key}] is taken by ${taken.get(number)}; sockets have the numbers from 3 on`);
    taken.set(number, `descriptors[${key}]`);
  }
  const readyNumber = typeof ready === 'object' && 'fd' in ready ? ready.fd : undefined;
  const holder = readyNumber === undefined ? undefined : taken.get(readyNumber);
  if (holder !== undefined) mistakes.push(`ready.fd ${readyNumber} is taken by ${holder}`);
  return mistakes;
}

function findSocketMistakes(name: string, spec: unknown): readonly string[] {
  const field = `sockets.${name}`;
  if (!isRecord(spec)) return [`${field} must be { tcp: port }, { udp: port } or { unix: path }, not ${quote(spec)}`];
  // A colon separates them in LISTEN_FDNAMES.
  const mistakes = /^[^:\s]{1,255}$/.test(name) ? [] : [`${field}: a name has no colon and no space`];
  const { tcp, udp, unix, host } = spec;
  const kinds = [tcp, udp, unix].filter((each) => each !== undefined);
  const port = tcp ?? udp;
  if (kinds.length !== 1) mistakes.push(`${field} must be one of { tcp }, { udp } and { unix }, not ${quote(spec)}`);
  else if (port !== undefined && !(typeof port === 'number' && Number.isInteger(port) && port >= 0 && port <= 0xffff))
    mistakes.push(`${field} must have a port from 0 to 65535, not ${quote(port)}`);
  else if (unix !== undefined && (typeof unix !== 'string' || !unix.startsWith('/')))
    mistakes.push(`${field}.unix must be an absolute path, not ${quote(unix)}`);
  if (host !== undefined && (typeof host !== 'string' || familyOf(host) === undefined))
    mistakes.push(`${field}.host must be an IP address, not ${quote(host)}`);
  return mistakes;
}
