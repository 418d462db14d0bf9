import { checkOptions, findUnknownOptions } from '../../core/check-options.js';
import { UsageError } from '../../core/errors.js';
import type { NetnsAddress } from '../../netns/read-tables.js';
import { assertLook, type Expectation, findWaitMistakes, type WaitOptions } from '../look.js';
import { findIpMistakes, isSameAddress, readIpText } from './ip-text.js';
import { type NetworkSubject, requireNetns } from './subjects.js';
import { findTextMistakes } from './text.js';

/** Which address is meant, beside the address itself. */
export interface AddressOptions extends WaitOptions {
  /** As in `lo:faas`; IPv4 alone has labels. @defaultValue any */
  readonly label?: string;
  /** The name of the interface that has it. @defaultValue any */
  readonly interface?: string;
}

/** @internal What `assertHasAddress` and `toHaveAddress` are about. @throws UsageError with every mistake */
export function expectAddress(subject: NetworkSubject, address: string, options: AddressOptions = {}): Expectation {
  const matcher = 'toHaveAddress';
  const { title, netns } = requireNetns(matcher, subject, 'readAddresses');
  checkOptions(matcher, options);
  const { label, interface: device } = options;
  const mistakes = [
    ...findIpMistakes('address', address),
    ...findUnknownOptions(options, ['label', 'interface', 'timeoutMs']),
    ...findTextMistakes('label', label),
    ...findTextMistakes('interface', device),
    ...findWaitMistakes(options),
  ];
  if (mistakes.length > 0) throw new UsageError(matcher, mistakes);
  const wanted = readIpText(address);
  const isMeant = (each: NetnsAddress): boolean =>
    wanted !== undefined &&
    isSameAddress(each.address, wanted.address) &&
    (wanted.prefixLength === undefined || each.prefixLength === wanted.prefixLength) &&
    (label === undefined || each.label === label) &&
    (device === undefined || each.interface === device);
  const details = [
    ...(label === undefined ? [] : [`with label ${label}`]),
    ...(device === undefined ? [] : [`on ${device}`]),
  ];
  return {
    subject: title,
    what: [`have address ${address}`, ...details].join(' '),
    expected: {
      address,
      ...(label === undefined ? {} : { label }),
      ...(device === undefined ? {} : { interface: device }),
    },
    look: () => {
      const all = netns.readAddresses();
      const found = all.find(isMeant);
      const isTentative = found?.isTentative === true;
      return {
        holds: found !== undefined && !isTentative,
        seen: isTentative
          ? `it may not be used yet, for ${found.isDadFailed ? 'another has it too' : 'duplicates are looked for'}`
          : `it has ${all.map(describe).join(', ') || 'no address'}`,
        actual: all.map(describe),
      };
    },
  };
}

/**
 * Asserts that a host has an address, as the kernel says at this moment, and that it may be used: `10.0.0.1`, or with its
 * prefix, `10.0.0.1/24`.
 *
 * @throws AssertionError with the addresses that it has; UsageError
 *
 * @example
 * ```ts
 * await assertHasAddress(lab.hosts.node, '127.0.0.2', { label: 'lo:faas' });
 * ```
 */
export async function assertHasAddress(
  subject: NetworkSubject,
  address: string,
  options: AddressOptions = {},
): Promise<void> {
  await assertLook(expectAddress(subject, address, options), options.timeoutMs);
}

function describe({ interface: device, label, address, prefixLength, isTentative }: NetnsAddress): string {
  return `${label ?? device} ${address}/${prefixLength}${isTentative ? ' (tentative)' : ''}`;
}
