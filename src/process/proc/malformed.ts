import { quote } from '../../core/errors.js';
import { KernelError } from '../../core/kernel-error.js';

/** The error for a line of /proc/net that is not as the kernel writes it: EBADMSG, with the line. */
export function malformedLine(file: string, line: string): KernelError {
  return new KernelError('EBADMSG', {
    syscall: 'read',
    action: `read /proc/net/${file}`,
    hint: `This line is not understood: ${quote(line.slice(0, 200))}`,
  });
}

/** The lines of a file, without those that are empty. */
export function splitLines(text: string): readonly string[] {
  return text.split('\n').filter((line) => line.trim() !== '');
}

/** The words of a line, as blanks separate them. */
export function splitWords(line: string): readonly string[] {
  return line.trim().split(/\s+/);
}

/** A decimal number that is exact. */
export function parseCount(text: string | undefined): number | undefined {
  return text !== undefined && /^-?\d{1,20}$/.test(text) ? Number(text) : undefined;
}

/** A number in hexadecimal digits. */
export function parseHex(text: string | undefined): number | undefined {
  return text !== undefined && /^(?:0x)?[0-9a-f]{1,16}$/i.test(text) ? Number.parseInt(text, 16) : undefined;
}

/** Whether every value is there. */
export function areDefined<T>(values: readonly (T | undefined)[]): values is readonly T[] {
  return !values.includes(undefined);
}
