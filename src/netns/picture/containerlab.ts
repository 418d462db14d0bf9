import { checkOptions, findUnknownOptions } from '../../core/check-options.js';
import { quote } from '../../core/errors.js';
import { checkText, Mistakes } from '../../core/mistakes.js';
import type { LabPlan, PlannedAddress, PlannedNode, PlannedRoute } from '../lab/plan/lab-plan.js';
import { findForeignParts, listUpperCommands } from './containerlab-links.js';
import { checkPlan } from './picture-state.js';

/** How a lab is to be on containerlab. */
export interface ContainerlabOptions {
  /** The name of the lab there. @defaultValue 'lab' */
  readonly name?: string;
  /** An image with `ip` and a shell. @defaultValue 'ghcr.io/srl-labs/network-multitool' */
  readonly image?: string;
}

/**
 * A lab as a topology file of containerlab's: every node a container, switches too, with the same names, addresses,
 * routes and settings; numbers of interfaces are its own.
 *
 * @returns YAML, valid against containerlab's schema.
 * @throws UsageError for a plan with something that containers cannot have, too
 */
export function toContainerlab(plan: LabPlan, options: ContainerlabOptions = {}): string {
  checkPlan('toContainerlab', plan);
  checkOptions('toContainerlab', options);
  const { name = 'lab', image = 'ghcr.io/srl-labs/network-multitool' } = options;
  const mistakes = new Mistakes();
  for (const mistake of findUnknownOptions(options, ['name', 'image'])) mistakes.add(mistake);
  checkText(mistakes, 'image', image);
  if (typeof name !== 'string' || !/^[a-zA-Z0-9][\w.-]*$/.test(name))
    mistakes.add(
      `name must be letters, digits, "_", "-" and ".", and begin with one of the first two; received ${quote(name)}`,
    );
  for (const part of findForeignParts(plan)) mistakes.add(part);
  mistakes.throwIfAny('toContainerlab');
  const macs = new Map(
    plan.nodes.flatMap((node) =>
      node.interfaces.map((each) => [`${node.name} ${each.name}`, each.macAddress] as const),
    ),
  );
  const cables = plan.links.filter(({ kind }) => kind.type === 'veth');
  const links = cables.map(({ ends, mtu }) => ({
    type: 'veth',
    endpoints: ends.map((end) => ({ ...end, mac: macs.get(`${end.node} ${end.interface}`) })),
    mtu,
  }));
  const topology = {
    // Without a network of Docker's, eth0 is free for the lab.
    defaults: { kind: 'linux', image, 'network-mode': 'none' },
    nodes: Object.fromEntries(plan.nodes.map((node) => [node.name, describeNode(plan, node)])),
    ...(links.length === 0 ? {} : { links }),
  };
  return writeYaml({ name, topology }, 0);
}

function describeNode(plan: LabPlan, node: PlannedNode) {
  const sysctls = node.sysctls.filter(({ when, optional }) => when === 'before-links' && !optional);
  const commands = node.kind === 'bridge' ? listBridgeCommands(node) : listCommands(plan, node);
  return {
    ...(sysctls.length === 0
      ? {}
      : { sysctls: Object.fromEntries(sysctls.map(({ path, value }) => [`net.${path.replaceAll('/', '.')}`, value])) }),
    ...(commands.length === 0 ? {} : { exec: commands }),
  };
}

function listBridgeCommands({ bridge, interfaces }: PlannedNode): readonly string[] {
  if (bridge === undefined) return [];
  const { name: device, macAddress, stp, multicastSnooping, multicastQuerier } = bridge;
  const flags = [`stp_state ${Number(stp)}`, `mcast_snooping ${Number(multicastSnooping)}`];
  return [
    `ip link add name ${device} address ${macAddress} type bridge ${flags.join(' ')} mcast_querier ${Number(multicastQuerier)}`,
    ...interfaces.map(({ name }) => `ip link set dev ${quoteWord(name)} master ${device}`),
    ...listDown(interfaces),
    `ip link set dev ${device} up`,
  ];
}

function listCommands(plan: LabPlan, node: PlannedNode): readonly string[] {
  const down = new Set(node.interfaces.filter(({ up }) => !up).map(({ name }) => name));
  return [
    ...listUpperCommands(plan, node),
    ...node.sysctls
      .filter(({ when }) => when !== 'before-links')
      .map(
        ({ path, value }) => `sh -c ${quoteWord(`echo ${quoteWord(value)} > ${quoteWord(`/proc/sys/net/${path}`)}`)}`,
      ),
    ...node.loopback.map((address) => addAddress('lo', address)),
    ...node.interfaces.flatMap(({ name, addresses }) => addresses.map((address) => addAddress(name, address))),
    ...listDown(node.interfaces),
    ...node.neighbours.map(
      ({ address, macAddress, interface: name }) =>
        `ip neighbour replace ${address} lladdr ${macAddress} dev ${quoteWord(name)} nud permanent`,
    ),
    ...node.routes.filter((route) => !down.has(route.interface)).map(addRoute),
  ];
}

function listDown(interfaces: PlannedNode['interfaces']): readonly string[] {
  return interfaces.filter(({ up }) => !up).map(({ name }) => `ip link set dev ${quoteWord(name)} down`);
}

function addAddress(name: string, { family, address, prefixLength, label, broadcast }: PlannedAddress): string {
  return [
    `ip address add ${address}/${prefixLength}`,
    ...(broadcast === undefined ? [] : [`broadcast ${broadcast}`]),
    `dev ${quoteWord(name)}`,
    ...(label === undefined ? [] : [`label ${quoteWord(label)}`]),
    ...(family === 'ipv6' ? ['nodad'] : []),
  ].join(' ');
}

function addRoute({ family, to, via, interface: name, metric }: PlannedRoute): string {
  return [
    `ip ${family === 'ipv4' ? '-4' : '-6'} route add ${to}`,
    ...(via === undefined ? [] : [`via ${via}`]),
    `dev ${quoteWord(name)}`,
    ...(metric === undefined ? [] : [`metric ${metric}`]),
  ].join(' ');
}

/** Names of interfaces may have signs that a shell would take for its own. */
function quoteWord(word: string): string {
  return /^[\w.:/@-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}

type Yaml = string | number | undefined | readonly Yaml[] | { readonly [key: string]: Yaml };

/** Block style; scalars in double quotes, which YAML reads as JSON does, wherever a plain one could mean something else. */
function writeYaml(value: Yaml, depth: number): string {
  const indent = '  '.repeat(depth);
  if (isList(value)) {
    return value.map((each) => `${indent}- ${writeYaml(each, depth + 1).trimStart()}`).join('');
  }
  if (typeof value === 'object') {
    const entries = Object.entries(value).filter(([, each]) => each !== undefined);
    if (entries.length === 0) return `${indent}{}\n`;
    return entries.map(([key, each]) => `${indent}${writeScalar(key)}:${writeField(each, depth)}`).join('');
  }
  return `${indent}${writeScalar(value)}\n`;
}

function writeField(value: Yaml, depth: number): string {
  if (typeof value !== 'object') return ` ${writeScalar(value)}\n`;
  if (isList(value) ? value.length === 0 : Object.keys(value).length === 0) return isList(value) ? ' []\n' : ' {}\n';
  return `\n${writeYaml(value, depth + 1)}`;
}

function isList(value: Yaml): value is readonly Yaml[] {
  return Array.isArray(value);
}

function writeScalar(value: string | number | undefined): string {
  if (typeof value !== 'string') return String(value);
  const isPlain = /^[A-Za-z][\w./-]*$/.test(value) && !/^(?:y|n|yes|no|on|off|true|false|null)$/i.test(value);
  return isPlain ? value : JSON.stringify(value);
}
