import fc from 'fast-check';
import { expect, it } from 'vitest';
import { UsageError } from '../../../src/core/errors.js';
import type { LabPlan, PlannedNode } from '../../../src/netns/lab/plan/lab-plan.js';
import { planLab } from '../../../src/netns/lab/plan/plan-lab.js';
import { addressToNumber, contains, networkAround } from '../../../src/netns/lab/read/ip-network.js';
import { familyOf } from '../../../src/netns/netlink/ip-address.js';

const HOSTS = ['h1', 'h2', 'h3', 'h4', 'h5'];
const ROUTERS = ['r1', 'r2', 'r3', 'r4'];
const BRIDGES = ['s1', 's2', 's3'];

const nodeNames = fc.constantFrom(...HOSTS, ...ROUTERS, ...BRIDGES);
const fields = (names: readonly string[], value: object) => Object.fromEntries(names.map((name) => [name, value]));

/** Labs of which the only mistakes can be links of a node with itself; those are left out. Bridges speak STP. */
const soundLabs = fc
  .record({
    pairs: fc.array(fc.tuple(nodeNames, nodeNames, fc.boolean()), { maxLength: 14 }),
    families: fc.subarray(['ipv4', 'ipv6'] as const, { minLength: 1 }),
  })
  .map(({ pairs, families }) => ({
    hosts: fields(HOSTS, {}),
    routers: fields(ROUTERS, {}),
    bridges: fields(BRIDGES, { stp: true }),
    links: Object.fromEntries(
      pairs.filter(([a, b]) => a !== b).map(([a, b, up], index) => [`l${index}`, { ends: [a, b] as const, up }]),
    ),
    families,
  }));

/** A prefix as `planLab` writes it. */
function parse(prefix: string) {
  const [address = '', length] = prefix.split('/');
  return networkAround(address, Number(length));
}

function includes(prefix: string, address: string): boolean {
  return contains(parse(prefix), familyOf(address), addressToNumber(address));
}

function addressesOn(node: PlannedNode) {
  return node.interfaces.flatMap((each) => each.addresses.map((address) => ({ ...address, interface: each })));
}

/** Sends a packet hop by hop, as a kernel would: the longest prefix wins. Returns the node where it arrives. */
function deliver(plan: LabPlan, from: PlannedNode, to: string): string | undefined {
  let node = from;
  for (let hops = 0; hops <= plan.nodes.length; hops += 1) {
    if (addressesOn(node).some(({ address }) => address === to)) return node.name;
    if (node !== from && !node.forwarding) return undefined;
    const connected = addressesOn(node).find((each) => includes(`${each.address}/${each.prefixLength}`, to));
    const route = node.routes
      .filter((each) => includes(each.to, to))
      .sort((a, b) => Number(b.to.split('/')[1]) - Number(a.to.split('/')[1]))[0];
    const nextAddress = connected === undefined ? route?.via : to;
    const out = connected?.interface ?? node.interfaces.find(({ name }) => name === route?.interface);
    const next = plan.nodes.find((other) =>
      addressesOn(other).some((each) => each.address === nextAddress && each.interface.segment === out?.segment),
    );
    if (next === undefined) return undefined;
    node = next;
  }
  throw new Error(`a packet from ${from.name} to ${to} goes round for ever`);
}

/** The segments that a node reaches through nodes that forward: a search that knows nothing of addresses. */
function reachable(plan: LabPlan, from: PlannedNode): ReadonlySet<string> {
  const seen = new Set(from.interfaces.map(({ segment }) => segment));
  for (let grown = true; grown; ) {
    const size = seen.size;
    for (const node of plan.nodes.filter(({ forwarding }) => forwarding)) {
      const segments = node.interfaces.map(({ segment }) => segment);
      if (segments.some((each) => seen.has(each))) for (const each of segments) seen.add(each);
    }
    grown = seen.size > size;
  }
  return seen;
}

it('no name, number or address is there twice', () => {
  fc.assert(
    fc.property(soundLabs, (spec) => {
      const plan = planLab(spec);
      const machines = plan.nodes.filter(({ kind }) => kind !== 'bridge');
      const macs = plan.nodes.flatMap((node) => [
        ...node.interfaces.map(({ macAddress }) => macAddress),
        ...(node.bridge === undefined ? [] : [node.bridge.macAddress]),
      ]);
      const addresses = machines.flatMap((node) => addressesOn(node).map(({ address }) => address));
      for (const list of [
        macs,
        addresses,
        ...plan.nodes.flatMap(({ interfaces }) => [interfaces.map(({ name }) => name)]),
      ])
        expect(new Set(list).size).toBe(list.length);
      for (const node of plan.nodes) {
        const first = node.kind === 'bridge' ? 3 : 2;
        const numbers = node.interfaces.map(({ ifindex }) => ifindex);
        expect(numbers.every((ifindex, index) => ifindex >= first && ifindex > (numbers[index - 1] ?? 0))).toBe(true);
      }
      const indexOf = (end: { node: string; interface: string }) =>
        plan.nodes.find(({ name }) => name === end.node)?.interfaces.find(({ name }) => name === end.interface)
          ?.ifindex;
      for (const { ends } of plan.links) expect(indexOf(ends[0])).not.toBe(indexOf(ends[1]));
      for (const each of machines.flatMap(addressesOn)) {
        const segment = plan.segments.find(({ name }) => name === each.interface.segment);
        expect(segment?.networks.some((network) => includes(network, each.address))).toBe(true);
      }
      expect(macs.every((mac) => /^02(:[0-9a-f]{2}){5}$/.test(mac))).toBe(true);
    }),
  );
});

it('a packet arrives wherever a search over the topology says that there is a way, and nowhere else', () => {
  fc.assert(
    fc.property(soundLabs, (spec) => {
      const plan = planLab(spec);
      const machines = plan.nodes.filter(({ kind }) => kind !== 'bridge');
      for (const from of machines) {
        const segments = reachable(plan, from);
        for (const to of machines) {
          for (const { address, interface: each } of addressesOn(to)) {
            const arrives = deliver(plan, from, address) === to.name;
            expect(arrives, `${from.name} to ${to.name} ${address}`).toBe(segments.has(each.segment));
          }
        }
      }
    }),
    { numRuns: 60 },
  );
});

it('whatever is given as a spec is planned or refused with places, never anything else', () => {
  const junk = fc.oneof(
    fc.constantFrom(undefined, null, 0, -1, '', 'h1', '10.0.0.1/24', 'fd00::1/64', '10.0.0.0/24', 'default', true, []),
    fc.array(fc.constantFrom('h1', 's1', '10.0.0.1/24', 7, null), { maxLength: 3 }),
  );
  const settings = fc.dictionary(
    fc.constantFrom(
      'ends',
      'node',
      'mtu',
      'up',
      'subnets',
      'interface',
      'addresses',
      'macAddress',
      'routes',
      'stp',
      'sysctls',
      'loopback',
      'neighbours',
      'to',
      'via',
    ),
    fc.oneof(
      junk,
      fc.array(fc.dictionary(fc.constantFrom('to', 'via', 'address', 'label', 'node'), junk), { maxLength: 2 }),
    ),
    { maxKeys: 4 },
  );
  const group = fc.dictionary(
    fc.constantFrom('h1', 'h2', 's1', 'x', '__proto__'),
    fc.oneof({ weight: 3, arbitrary: settings }, junk),
  );
  const specs = fc.dictionary(
    fc.constantFrom('hosts', 'routers', 'bridges', 'links', 'families', 'other'),
    fc.oneof({ weight: 5, arbitrary: group }, junk),
  );
  fc.assert(
    fc.property(specs, (spec) => {
      try {
        Reflect.apply(planLab, undefined, [spec]);
      } catch (error) {
        expect(error).toBeInstanceOf(UsageError);
        const problems = error instanceof UsageError ? error.problems : [];
        for (const problem of problems) expect(problem).toMatch(/^[a-z]+[^ ]*: /i);
      }
    }),
    { numRuns: 500 },
  );
});
