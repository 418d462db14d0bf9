import type { LinkStatistics } from '../netlink/link-statistics.js';
import { describeWay } from './find-abnormal.js';
import type { LabReading, LinkReading, NodeReading } from './read-lab.js';
import type { Reading } from './reading.js';

/** What a report begins with. */
export interface ReportHead {
  readonly title: string;
  readonly findings: readonly string[];
  readonly mermaid: string;
  /** Further sections, such as a ledger: titles, and Markdown. */
  readonly sections: readonly (readonly [title: string, body: string])[];
}

/** A report as Markdown, which GitHub and GitLab show with its picture. */
export function renderMarkdown({ title, findings, mermaid, sections }: ReportHead, reading: LabReading): string {
  return `${[
    `# ${title}`,
    findings.length === 0 ? 'Nothing of the lab was found that is not as planned.' : list(findings),
    ['```mermaid', mermaid.trimEnd(), '```'].join('\n'),
    ...sections.flatMap(([name, body]) => [`## ${name}`, body]),
    '## Links',
    table(
      ['link', 'between', 'state', 'wire'],
      reading.links.map((link) => [link.name, link.ends.join(' and '), describeStates(link), describeWire(link)]),
    ),
    ...reading.nodes.flatMap(renderNode),
  ].join('\n\n')}\n`;
}

function describeStates({ states }: LinkReading): string {
  if (states.failure !== undefined) return states.failure;
  return states.value
    .map((state) => `${state.name}: ${state.isUp ? 'up' : 'down'}${state.hasCarrier ? '' : ', no carrier'}`)
    .join('; ');
}

function describeWire(link: LinkReading): string {
  const { counts } = link;
  if (counts === undefined) return 'no';
  const ways = (['aToB', 'bToA'] as const).map((direction) => {
    const shown = Object.entries(counts[direction]).filter(([, count]) => count > 0);
    return `${describeWay(link, direction)}: ${shown.map(([name, count]) => `${name} ${count}`).join(', ') || 'nothing'}`;
  });
  return [...ways, `seed ${link.seed ?? '?'}`].join('; ');
}

function renderNode(node: NodeReading): readonly string[] {
  const { plan } = node;
  return [
    `## ${plan.name} (${plan.kind})`,
    section('Interfaces', node.links, ['name', 'state', 'MAC', 'MTU', 'received', 'sent'], (each) => [
      each.name,
      `${each.isUp ? 'up' : 'down'}${each.hasCarrier ? '' : ', no carrier'}`,
      each.macAddress ?? '',
      String(each.mtuBytes ?? ''),
      describeTraffic(each.statistics, 'rx'),
      describeTraffic(each.statistics, 'tx'),
    ]),
    section('Addresses', node.addresses, ['interface', 'address', 'label'], (each) => [
      each.interface,
      `${each.address}/${each.prefixLength}${each.isTentative ? ' (tentative)' : ''}`,
      each.label ?? '',
    ]),
    section('Routes', node.routes, ['to', 'via', 'interface', 'metric', 'type'], (each) => [
      each.destination,
      each.gateway ?? '',
      each.interface ?? '',
      String(each.metric),
      String(each.type),
    ]),
    section('Neighbours', node.neighbours, ['address', 'MAC', 'interface', 'state'], (each) => [
      each.address,
      each.macAddress ?? '',
      each.interface,
      String(each.state),
    ]),
    section('Memberships', node.memberships, ['group', 'interface', 'users'], (each) => [
      each.group,
      each.interface,
      String(each.users),
    ]),
    ...(node.ports === undefined
      ? []
      : [
          section('Multicast database', node.ports, ['group', 'port', 'link'], (each) => [
            each.group,
            each.interface,
            each.link ?? '',
          ]),
        ]),
    section('Sockets', node.sockets, ['protocol', 'local', 'remote', 'state', 'waiting', 'drops', 'of'], (each) => [
      each.protocol,
      `${each.localAddress} ${each.localPort}`,
      each.remotePort === 0 ? '' : `${each.remoteAddress} ${each.remotePort}`,
      each.state,
      `${each.receiveQueueBytes} in, ${each.sendQueueBytes} out`,
      String(each.drops ?? ''),
      each.owner ?? '',
    ]),
    section('Firewall', node.firewall, ['table', 'chain', 'verdict', 'packets', 'comment'], (each) => [
      each.table,
      each.chain,
      String(each.verdict ?? ''),
      String(each.packets),
      each.comment ?? '',
    ]),
    section('Processes', { value: node.processes }, ['pid', 'state', 'command'], (each) => [
      String(each.pid),
      each.state,
      each.command,
    ]),
  ].filter((part) => part !== '');
}

function describeTraffic(counts: LinkStatistics | undefined, direction: 'rx' | 'tx'): string {
  if (counts === undefined) return '';
  const [errors, dropped] = [counts[`${direction}Errors`], counts[`${direction}Dropped`]];
  const troubles = [...(errors > 0 ? [`${errors} errors`] : []), ...(dropped > 0 ? [`${dropped} dropped`] : [])];
  return [String(counts[`${direction}Packets`]), ...troubles].join(', ');
}

/** A table, or why there is none; what is empty is left out. */
function section<T>(
  title: string,
  reading: Reading<readonly T[]>,
  columns: readonly string[],
  toRow: (each: T) => readonly string[],
): string {
  if (reading.failure !== undefined) return `${title}: ${escapeCell(reading.failure)}`;
  if (reading.value.length === 0) return '';
  return `### ${title}\n\n${table(columns, reading.value.map(toRow))}`;
}

function table(columns: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(escapeCell).join(' | ')} |`;
  return [line(columns), line(columns.map(() => '---')), ...rows.map(line)].join('\n');
}

function list(lines: readonly string[]): string {
  return lines.map((line) => `- ${escapeCell(line)}`).join('\n');
}

function escapeCell(text: string): string {
  return text.replace(/\s+/g, ' ').replaceAll('|', '\\|').replaceAll('<', '&lt;');
}
