import { findUnknownOptions } from '../../core/check-options.js';
import { quote, UsageError } from '../../core/errors.js';
import type { NetnsRoute } from '../../netns/read-tables.js';
import { assertLook, type Expectation, findWaitMistakes, type WaitOptions } from '../look.js';
import { findIpMistakes, isSameAddress, readIpText } from './ip-text.js';
import { isObject, type NetworkSubject, requireNetns } from './subjects.js';
import { findTextMistakes } from './text.js';

/** A route that is looked for. What is left out may be anything. */
export interface ExpectedRoute {
  /** `10.1.0.0/24`, an address, or `default`. */
  readonly to: string;
  /** The next router. */
  readonly via?: string;
  /** The name of the interface that it leads out of. */
  readonly interface?: string;
  readonly metric?: number;
}

/** @internal What `assertHasRoute` and `toHaveRoute` are about. @throws UsageError with every mistake */
export function expectRoute(subject: NetworkSubject, route: ExpectedRoute, options: WaitOptions = {}): Expectation {
  const matcher = 'toHaveRoute';
  const { title, netns } = requireNetns(matcher, subject, 'readRoutes');
  checkRoute(matcher, route, options);
  const { to, via, interface: device, metric } = route;
  const isMeant = (each: NetnsRoute): boolean =>
    isTo(each, to) &&
    (via === undefined || each.nexthops.some(({ gateway }) => isSameAddress(gateway, via))) &&
    (device === undefined || each.interface === device) &&
    (metric === undefined || each.metric === metric);
  const parts = [
    `to ${to}`,
    ...(via === undefined ? [] : [`via ${via}`]),
    ...(device === undefined ? [] : [`by ${device}`]),
    ...(metric === undefined ? [] : [`with metric ${metric}`]),
  ];
  return {
    subject: title,
    what: `have a route ${parts.join(' ')}`,
    expected: route,
    look: () => {
      const all = netns.readRoutes();
      const found = all.filter(isMeant);
      const isDead = found.length > 0 && found.every(isDeadRoute);
      return {
        holds: found.length > 0 && !isDead,
        seen: isDead
          ? 'it is dead, for its interface is down or has no carrier'
          : `it has ${all.map(describe).join('; ') || 'no route'}`,
        actual: all.map(describe),
      };
    },
  };
}

/**
 * Asserts that a host has a route, as the kernel says at this moment, and that it is alive.
 *
 * @throws AssertionError with the routes that it has; UsageError
 *
 * @example
 * ```ts
 * await assertHasRoute(lab.hosts.client, { to: 'default', via: '10.0.0.1', interface: 'eth0' });
 * ```
 */
export async function assertHasRoute(
  subject: NetworkSubject,
  route: ExpectedRoute,
  options: WaitOptions = {},
): Promise<void> {
  await assertLook(expectRoute(subject, route, options), options.timeoutMs);
}

function checkRoute(matcher: string, route: unknown, options: WaitOptions): void {
  if (!isObject(route))
    throw new UsageError(matcher, `expected { to, via, interface, metric }; received ${quote(route)}`);
  const { to, via, interface: device, metric } = route;
  const mistakes = [
    ...findUnknownOptions(route, ['to', 'via', 'interface', 'metric']),
    ...findUnknownOptions(options, ['timeoutMs']),
    ...(to === 'default' ? [] : findIpMistakes('to', to)),
    ...(via === undefined ? [] : findIpMistakes('via', via)),
    ...findTextMistakes('interface', device),
    ...(metric === undefined || (Number.isInteger(metric) && Number(metric) >= 0)
      ? []
      : [`metric must be a whole number, 0 or more, not ${quote(metric)}`]),
    ...findWaitMistakes(options),
  ];
  if (mistakes.length > 0) throw new UsageError(matcher, mistakes);
}

function isTo({ destination }: NetnsRoute, to: string): boolean {
  if (to === 'default') return destination === '0.0.0.0/0' || destination === '::/0';
  const wanted = readIpText(to);
  const found = readIpText(destination);
  if (wanted === undefined || found === undefined) return false;
  const whole = wanted.version === 4 ? 32 : 128;
  return isSameAddress(found.address, wanted.address) && found.prefixLength === (wanted.prefixLength ?? whole);
}

function isDeadRoute({ nexthops }: NetnsRoute): boolean {
  return nexthops.length > 0 && nexthops.every(({ isDead }) => isDead);
}

function describe(route: NetnsRoute): string {
  const { destination, gateway, interface: device, metric, type } = route;
  return [
    ...(type === 'unicast' ? [] : [String(type)]),
    destination,
    ...(gateway === undefined ? [] : [`via ${gateway}`]),
    ...(device === undefined ? [] : [`by ${device}`]),
    ...(metric === 0 ? [] : [`metric ${metric}`]),
    ...(isDeadRoute(route) ? ['(dead)'] : []),
  ].join(' ');
}
