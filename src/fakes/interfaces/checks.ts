import { quote, UsageError } from '../../core/errors.js';
import type { InterfaceAddress } from '../../kernel/interfaces.js';

/** IFNAMSIZ and IFALIASZ less the NUL: include/uapi/linux/if.h. */
const NAME_LIMIT = 15;

/** What is wrong with a name of an interface (net/core/dev.c, dev_valid_name). */
export function findNameProblem(field: string, name: unknown): string | undefined {
  if (typeof name !== 'string' || name === '') return `${field} must be a non-empty string, not ${quote(name)}`;
  if (name.length > NAME_LIMIT) return `${field} ${quote(name)} has ${name.length} characters; Linux takes at most 15`;
  if (name === '.' || name === '..' || /[\s/:]/.test(name)) {
    return `${field} ${quote(name)} may not hold white space, "/" or ":", nor be "." or ".."`;
  }
  return undefined;
}

/** What is wrong with an address. */
export function findAddressProblems(address: InterfaceAddress): readonly string[] {
  if (typeof address !== 'object' || address === null) return [`an address must be an object, not ${quote(address)}`];
  const problems: string[] = [];
  const bits = address.family === 4 ? 32 : 128;
  if (address.family !== 4 && address.family !== 6)
    problems.push(`family must be 4 or 6, not ${quote(address.family)}`);
  else if (!isAddress(address.address, address.family)) {
    problems.push(`address ${quote(address.address)} is not an IPv${address.family} address without prefix`);
  }
  if (!Number.isInteger(address.prefixLength) || address.prefixLength < 0 || address.prefixLength > bits) {
    problems.push(`prefixLength must be a whole number from 0 to ${bits}, not ${quote(address.prefixLength)}`);
  }
  if (address.label !== undefined) problems.push(...findLabelProblems(address));
  return problems;
}

function findLabelProblems({ label, family }: InterfaceAddress): readonly string[] {
  if (family === 6) return [`label ${quote(label)}: Linux has labels on IPv4 addresses only`];
  if (typeof label === 'string' && label !== '' && label.length <= NAME_LIMIT) return [];
  return [`label must be a string of 1 to 15 characters, not ${quote(label)}`];
}

function isAddress(text: unknown, family: 4 | 6): boolean {
  if (typeof text !== 'string') return false;
  if (family === 6) return /^[\da-f:.]+$/i.test(text) && text.includes(':') && URL.canParse(`http://[${text}]/`);
  const parts = text.split('.');
  return parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
}

/** @throws UsageError when there are problems. */
export function rejectProblems(subject: string, problems: readonly (string | undefined)[]): void {
  const found = problems.filter((problem) => problem !== undefined);
  if (found.length > 0) throw new UsageError(subject, found);
}
