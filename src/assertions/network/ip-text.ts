import { quote } from '../../core/errors.js';

/** An address, or a prefix, as the kernel writes it. */
export interface IpText {
  readonly address: string;
  readonly prefixLength: number | undefined;
  readonly version: 4 | 6;
}

/** Reads `10.0.0.1`, `10.0.0.0/24`, `fd00::1` or `fd00::/64`; `undefined` for what is none of them. */
export function readIpText(value: unknown): IpText | undefined {
  if (typeof value !== 'string') return undefined;
  const [text = '', length, ...rest] = value.split('/');
  const address = normalize(text);
  if (address === undefined || rest.length > 0) return undefined;
  const version = address.includes(':') ? 6 : 4;
  if (length === undefined) return { address, prefixLength: undefined, version };
  const prefixLength = Number(length);
  const isLength = /^\d{1,3}$/.test(length) && prefixLength <= (version === 4 ? 32 : 128);
  return isLength ? { address, prefixLength, version } : undefined;
}

/** Whether both are the same address, however they are written. */
export function isSameAddress(a: string | undefined, b: string): boolean {
  return a !== undefined && normalize(a) === normalize(b);
}

export function findIpMistakes(name: string, value: unknown): readonly string[] {
  if (readIpText(value) !== undefined) return [];
  return [`${name} must be an IP address or a prefix, such as "10.0.0.1" or "10.0.0.0/24", not ${quote(value)}`];
}

function normalize(text: string): string | undefined {
  const bytes = text.split('.');
  if (bytes.length === 4 && bytes.every((each) => /^(?:0|[1-9]\d{0,2})$/.test(each) && Number(each) <= 255))
    return text;
  if (!/^[0-9a-f:.]*:[0-9a-f:.]*$/i.test(text)) return undefined;
  // It shortens an address of IPv6 as RFC 5952 has it, and refuses what is none.
  return URL.canParse(`http://[${text}]/`) ? new URL(`http://[${text}]/`).hostname.slice(1, -1) : undefined;
}
