import { isIP } from 'node:net';
import { quote } from '../../core/errors.js';
import { suggest } from '../../core/nearest.js';

const KINDS = ['fd', 'notify', 'listening', 'http', 'grpc', 'log', 'file'];
const EXAMPLE = `such as { log: 'listening' }, { listening: { tcp: 80 } }, { fd: 3 } or a function`;

/** What is wrong with a way to tell that a program is ready. */
export function findReadyMistakes(spec: unknown): readonly string[] {
  if (spec === undefined || typeof spec === 'function') return [];
  if (typeof spec !== 'object' || spec === null)
    return [`ready must be one of ${KINDS.join(', ')}, ${EXAMPLE}; received ${quote(spec)}`];
  const kinds = KINDS.filter((kind) => kind in spec);
  const isExtra = (name: string): boolean =>
    (name === 'status' && 'http' in spec) || (name === 'content' && 'file' in spec);
  const unknown = Object.keys(spec).filter((name) => !KINDS.includes(name) && !isExtra(name));
  return [
    ...unknown.map((name) => `ready.${name} is no way to be ready${suggest(name, KINDS)}`),
    ...(kinds.length === 1 || unknown.length > 0
      ? []
      : [`ready must say one way, ${EXAMPLE}; received ${quote(spec)}`]),
    ...kinds.flatMap((kind) => findKindMistakes(kind, Reflect.get(spec, kind))),
    ...findNumber('ready.status', Reflect.get(spec, 'status'), 100, 599),
    ...findContentMistakes(Reflect.get(spec, 'content')),
  ];
}

function findContentMistakes(content: unknown): readonly string[] {
  if (content === undefined || typeof content === 'string' || content instanceof RegExp) return [];
  return [`ready.content must be a text or a regular expression, not ${quote(content)}`];
}

function findKindMistakes(kind: string, value: unknown): readonly string[] {
  switch (kind) {
    case 'fd':
      return findNumber('ready.fd', value ?? null, 3, 255);
    case 'notify':
      return value === true ? [] : [`ready.notify must be true, not ${quote(value)}`];
    case 'listening':
      return findListeningMistakes(value);
    case 'http':
      return findUrlMistakes(value);
    case 'grpc':
      return typeof value === 'object' && value !== null
        ? findNumber('ready.grpc.port', Reflect.get(value, 'port') ?? null, 1, 0xffff)
        : [`ready.grpc must be { port }, not ${quote(value)}`];
    case 'log':
      if (value instanceof RegExp || (typeof value === 'string' && value !== '')) return [];
      return [`ready.log must be a text or a regular expression, not ${quote(value)}`];
    default:
      return typeof value === 'string' && value !== '' ? [] : [`ready.${kind} must be a path, not ${quote(value)}`];
  }
}

function findListeningMistakes(value: unknown): readonly string[] {
  const [entry, ...more] = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  const [name, where]: readonly unknown[] = entry ?? [];
  if (more.length === 0 && (name === 'tcp' || name === 'udp'))
    return findNumber(`ready.listening.${name}`, where ?? null, 1, 0xffff);
  if (more.length === 0 && name === 'unix' && typeof where === 'string' && where !== '') return [];
  return [`ready.listening must be { tcp: port }, { udp: port } or { unix: path }, not ${quote(value)}`];
}

/** What is wrong with `ready.http`. */
export function findUrlMistakes(value: unknown): readonly string[] {
  const url = typeof value === 'string' && URL.canParse(value) ? new URL(value) : undefined;
  if (url?.protocol !== 'http:')
    return [`ready.http must be a URL such as "http://127.0.0.1:80/health", not ${quote(value)}`];
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return host === 'localhost' || isIP(host) !== 0
    ? []
    : [`ready.http must name an IP address or localhost, not ${quote(host)}`];
}

function findNumber(name: string, value: unknown, lowest: number, highest: number): readonly string[] {
  const isIn = typeof value === 'number' && Number.isInteger(value) && value >= lowest && value <= highest;
  return value === undefined || isIn
    ? []
    : [`${name} must be a whole number from ${lowest} to ${highest}, not ${quote(value)}`];
}
