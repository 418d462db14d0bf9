import { quote, UsageError } from '../../core/errors.js';

const PATTERN = /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/i;

/** Whether a value is an Ethernet address such as `02:00:00:00:00:01`. */
export function isMacAddress(value: unknown): value is string {
  return typeof value === 'string' && PATTERN.test(value);
}

/**
 * The six bytes of an Ethernet address.
 *
 * @throws UsageError
 */
export function parseMacAddress(text: string): Uint8Array {
  if (!isMacAddress(text)) {
    throw new UsageError('MAC address', `expected one such as "02:00:00:00:00:01"; received ${quote(text)}`);
  }
  return Uint8Array.from(text.split(':'), (byte) => Number.parseInt(byte, 16));
}

/** A hardware address of any length, as Linux prints it: `02:00:00:00:00:01`. */
export function formatMacAddress(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join(':');
}
