import { quote, UsageError } from '../../core/errors.js';
import type { Netns } from '../../netns/netns.js';

/** A namespace, or something that has one: a host, a router or a switch of a lab. */
export type NetworkSubject = Netns | { readonly name: string; readonly netns: Netns };

/** What a namespace is to the assertions: how it is read, and what messages call it. */
export interface NamedNetns<Method extends keyof Netns> {
  readonly title: string;
  /** Its name in the lab. */
  readonly name: string | undefined;
  readonly netns: Pick<Netns, Method>;
}

/** The namespace of a subject. @throws UsageError for what has none */
export function requireNetns<Method extends keyof Netns>(
  matcher: string,
  subject: NetworkSubject,
  method: Method,
): NamedNetns<Method> {
  const value: unknown = subject;
  if (isObject(value) && method in value && !('name' in value)) {
    return { title: 'the namespace', name: undefined, netns: subject as Pick<Netns, Method> };
  }
  if (isObject(value) && 'netns' in value && isObject(value['netns']) && method in value['netns']) {
    const { name, netns } = subject as { readonly name: string; readonly netns: Netns };
    return { title: quote(name), name, netns };
  }
  throw new UsageError(matcher, `expected a host of a lab or a Netns; received ${quote(subject)}`);
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
