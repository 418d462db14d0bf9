import { quote, UsageError } from '../../core/errors.js';
import type { BridgeSpec, HostSpec, LabSpec } from './lab-spec.js';
import type { LinkSettings } from './link-spec.js';
import type { Numbered, NumberedAndOne, NumberedPairs } from './numbered.js';

/** A bridge has at most 1024 ports: BR_MAX_PORTS of net/bridge/br_private.h. */
const MAX_COUNT = 1024;

/** What all templates take. */
export interface TemplateOptions {
  /** @defaultValue ['ipv4'] */
  readonly families?: readonly ('ipv4' | 'ipv6')[];
  /** Of every link, in bytes. @defaultValue 1500 */
  readonly mtu?: number;
  /** How every host is to be. @defaultValue {} */
  readonly host?: HostSpec;
  /** How every router is to be. @defaultValue {} */
  readonly router?: HostSpec;
  /** How the bridge is to be. @defaultValue {} */
  readonly bridge?: BridgeSpec;
}

/**
 * Two hosts, `left` and `right`, with the link `wire` between them.
 *
 * @example
 * ```ts
 * const { left, right } = (await createLab(pair())).hosts;
 * ```
 */
export function pair(options: TemplateOptions = {}): LabSpec<'left' | 'right', never, never, 'wire'> {
  const { host = {} } = options;
  return {
    ...familiesOf(options),
    hosts: { left: host, right: host },
    links: { wire: link(options, 'left', 'right') },
  };
}

/**
 * Routers in a row between two hosts: `left` – `router1` – `router2` – … – `right`, joined by `link1`, `link2`…
 *
 * @param count - How many routers, from 0.
 * @throws UsageError
 */
export function chain<Count extends number>(
  count: Count,
  options?: TemplateOptions,
): LabSpec<'left' | 'right', Numbered<'router', Count>, never, NumberedAndOne<'link', Count>>;
export function chain(count: number, options: TemplateOptions = {}): LabSpec {
  checkCount('chain', count, 0);
  const { host = {}, router = {} } = options;
  const names = number('router', count);
  const before = ['left', ...names];
  const after = [...names, 'right'];
  return {
    ...familiesOf(options),
    hosts: { left: host, right: host },
    routers: fill(names, router),
    links: Object.fromEntries(
      number('link', count + 1).map((name, index) => [name, link(options, before[index] ?? '', after[index] ?? '')]),
    ),
  };
}

/**
 * Hosts on one switch: `host1`, `host2`… on the bridge `lan`, by `link1`, `link2`…
 *
 * @param count - How many hosts, from 1.
 * @throws UsageError
 *
 * @example
 * ```ts
 * const lab = await createLab(star(3));
 * await lab.hosts.host1.fetch(`http://${lab.hosts.host2.address}/`);
 * ```
 */
export function star<Count extends number>(
  count: Count,
  options?: TemplateOptions,
): LabSpec<Numbered<'host', Count>, never, 'lan', Numbered<'link', Count>>;
export function star(count: number, options: TemplateOptions = {}): LabSpec {
  checkCount('star', count, 1);
  const { host = {}, bridge = {} } = options;
  const hosts = number('host', count);
  return {
    ...familiesOf(options),
    hosts: fill(hosts, host),
    bridges: { lan: bridge },
    links: Object.fromEntries(hosts.map((name, index) => [`link${index + 1}`, link(options, name, 'lan')])),
  };
}

/**
 * Hosts of which every two have a link of their own: `host1`, `host2`… and `link1_2`, `link1_3`, `link2_3`…
 *
 * @param count - How many hosts, from 2.
 * @throws UsageError
 */
export function mesh<Count extends number>(
  count: Count,
  options?: TemplateOptions,
): LabSpec<Numbered<'host', Count>, never, never, NumberedPairs<'link', Count>>;
export function mesh(count: number, options: TemplateOptions = {}): LabSpec {
  checkCount('mesh', count, 2);
  const { host = {} } = options;
  const hosts = number('host', count);
  return {
    ...familiesOf(options),
    hosts: fill(hosts, host),
    links: Object.fromEntries(
      hosts.flatMap((a, i) =>
        hosts.slice(i + 1).map((b, j) => [`link${i + 1}_${i + j + 2}`, link(options, a, b)] as const),
      ),
    ),
  };
}

/**
 * One source, and sinks behind a router with an interface for each: `source` – `relay` – `sink1`, `sink2`…, by `input`,
 * `output1`, `output2`…
 *
 * @param count - How many sinks, from 1.
 * @throws UsageError
 */
export function fanOut<Count extends number>(
  count: Count,
  options?: TemplateOptions,
): LabSpec<'source' | Numbered<'sink', Count>, 'relay', never, 'input' | Numbered<'output', Count>>;
export function fanOut(count: number, options: TemplateOptions = {}): LabSpec {
  checkCount('fanOut', count, 1);
  const { host = {}, router = {} } = options;
  const sinks = number('sink', count);
  return {
    ...familiesOf(options),
    hosts: fill(['source', ...sinks], host),
    routers: { relay: router },
    links: {
      input: link(options, 'source', 'relay'),
      ...Object.fromEntries(sinks.map((name, index) => [`output${index + 1}`, link(options, 'relay', name)])),
    },
  };
}

function familiesOf({ families }: TemplateOptions): Pick<LabSpec, 'families'> {
  return families === undefined ? {} : { families };
}

function link<Node extends string>({ mtu }: TemplateOptions, a: Node, b: Node): LinkSettings<Node> {
  return { ends: [a, b], ...(mtu === undefined ? {} : { mtu }) };
}

function number(prefix: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, index) => `${prefix}${index + 1}`);
}

function fill<Spec>(names: readonly string[], spec: Spec): Readonly<Record<string, Spec>> {
  return Object.fromEntries(names.map((name) => [name, spec]));
}

function checkCount(template: string, count: unknown, lowest: number): void {
  if (typeof count === 'number' && Number.isInteger(count) && count >= lowest && count <= MAX_COUNT) return;
  throw new UsageError(
    template,
    `count must be a whole number from ${lowest} to ${MAX_COUNT}; received ${quote(count)}`,
  );
}
