import { readFileSync } from 'node:fs';
import { messageOf } from '../../core/message-of.js';
import type { Lab } from '../lab/create-lab.js';
import type { LabLink } from '../lab/lab-link.js';
import type { PlannedInterface, PlannedLink, PlannedNode } from '../lab/plan/lab-plan.js';
import type { Netns } from '../netns.js';
import { describeLink } from './picture-text.js';

/** What the first user namespace of a machine maps: everything to itself (kernel/user.c, init_user_ns). */
const ALL_IDS = /^\s*0\s+0\s+4294967295\s*$/;

/**
 * A lab as a page for people: how to enter each node from another terminal, and what is there. The lines work for as
 * long as the lab is there, on the same machine.
 */
export function describeLab(lab: Lab): string {
  const { plan } = lab;
  const places = new Map<string, Netns>(
    Object.values<{ readonly name: string; readonly netns: Netns }>({
      ...lab.hosts,
      ...lab.routers,
      ...lab.bridges,
    }).map(({ name, netns }) => [name, netns]),
  );
  const nodes = plan.nodes.map((node) =>
    [`${node.kind} ${node.name}`, ...align([['enter', enterLine(places.get(node.name))], ...listNode(node)])].join(
      '\n',
    ),
  );
  const links = plan.links.map((link) => describePath(link, lab.links[link.name]));
  const head = `A lab of process ${process.pid}: it is there until that process, or its test, ends.`;
  return `${[head, ...nodes, ...(links.length === 0 ? [] : [['links', ...align(links)].join('\n')])].join('\n\n')}\n`;
}

/** Without root outside, the way in is through the user namespace of this process. */
function enterLine(netns: Netns | undefined): string {
  if (netns === undefined || netns.closed) return 'closed';
  const target = `--net=/proc/${process.pid}/fd/${netns.fd}`;
  return isRootless() ? `nsenter --target ${process.pid} --user --preserve-credentials ${target}` : `nsenter ${target}`;
}

function isRootless(): boolean {
  try {
    return !ALL_IDS.test(readFileSync('/proc/self/uid_map', 'utf8'));
  } catch {
    return false;
  }
}

type Row = readonly [name: string, text: string];

function listNode(node: PlannedNode): readonly Row[] {
  return [
    ...node.loopback.map(({ address, prefixLength, label }): Row => [label ?? 'lo', `${address}/${prefixLength}`]),
    ...node.interfaces.map((each): Row => [each.name, describeInterface(each)]),
    ...node.routes.map(
      ({ to, via, interface: name }): Row => ['route', `${to}${via === undefined ? '' : ` via ${via}`} dev ${name}`],
    ),
  ];
}

function describeInterface({ addresses, link, macAddress, mtu }: PlannedInterface): string {
  const texts = addresses.map(({ address, prefixLength }) => `${address}/${prefixLength}`);
  return [...texts, macAddress, `mtu ${mtu}`, `link ${link}`].join('  ');
}

function describePath(link: PlannedLink, handle: LabLink | undefined): Row {
  const [a, b] = link.ends.map(({ node, interface: name }) => `${node}:${name}`);
  const { kind } = describeLink(link, {});
  const state = handle === undefined ? undefined : readState(handle);
  return [link.name, [`${a} – ${b}`, kind, state].filter((part) => part !== undefined).join(', ')];
}

/** An interface may be gone, with an adopted namespace above all. */
function readState(link: LabLink): string {
  try {
    return link.isUp ? 'up' : 'down';
  } catch (error) {
    return messageOf(error);
  }
}

function align(rows: readonly Row[]): readonly string[] {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, text]) => `  ${name.padEnd(width)}  ${text}`);
}
