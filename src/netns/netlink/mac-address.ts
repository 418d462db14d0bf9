import { quote, UsageError } from '../../core/errors.js';

const PATTERN = /^[0-9a-f]{2}(?::[0-9a-f]{2}){5}$/i;
/** Wires format two addresses a frame: to work the digits out each time took a third of what a frame takes in all. */
const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

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
  let text = '';
  for (let at = 0; at < bytes.length; at += 1) text += `${at === 0 ? '' : ':'}${HEX[bytes[at] ?? 0]}`;
  return text;
}
