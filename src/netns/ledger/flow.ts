import { checkOptions, findUnknownOptions } from '../../core/check-options.js';
import { quote, UsageError } from '../../core/errors.js';
import { suggest } from '../../core/nearest.js';
import type { LabPlan, PlannedNode } from '../lab/plan/lab-plan.js';
import { familyOf, type IpFamily, isIpAddress, parseIpAddress } from '../netlink/ip-address.js';

/** Packets that go from one host to others. */
export interface FlowOptions<Host extends string = string> {
  /** Who sends. */
  readonly from: Host;
  /** Who is to get it; several of a group. */
  readonly to: Host | readonly Host[];
  /** @defaultValue 'udp' */
  readonly protocol?: 'udp' | 'tcp' | 'icmp' | 'icmpv6';
  /** The group that it is sent to. @defaultValue none */
  readonly group?: string;
  /** The address that it is sent to, of one host. @defaultValue the receiver's first, of IPv4 if it has one */
  readonly destination?: string;
  /** The port that it is sent to. @defaultValue any */
  readonly port?: number;
  /** The address that it is sent from, where others send to the same destination. @defaultValue any */
  readonly source?: string;
  /** @defaultValue any */
  readonly sourcePort?: number;
}

/** A counter of a program's own. */
export interface LedgerStage {
  /** `ingress.matched` */
  readonly name: string;
  /** What it counts now. What it counted when the ledger was opened is taken off. It may not answer; a report says so. */
  readonly read: () => number | Promise<number>;
  /** Whether that which counts is there at all. @defaultValue it is */
  readonly isRunning?: () => boolean | Promise<boolean>;
  /**
   * What it means when packets do not come to here from the stage before: `channel not connected`; or a function, asked
   * once it was read.
   */
  readonly ifLost?: string | (() => string | undefined | Promise<string | undefined>);
}

/** A program between two flows: what it received, and what it made of it. */
export interface StagesOptions {
  /** What messages call it. @defaultValue none */
  readonly program?: string;
  /** In the order in which packets go through them. */
  readonly stages: readonly LedgerStage[];
}

/** Flows and programs, one behind the other. */
export interface LedgerLegs<Host extends string = string> {
  readonly legs: readonly (FlowOptions<Host> | StagesOptions)[];
}

/** What a ledger counts: a flow, or flows with programs between. */
export type LedgerOptions<Host extends string = string> = FlowOptions<Host> | LedgerLegs<Host>;

/** A flow whose addresses are known. */
export interface Flow {
  readonly kind: 'flow';
  readonly from: PlannedNode;
  readonly to: readonly PlannedNode[];
  readonly protocol: NonNullable<FlowOptions['protocol']>;
  readonly family: IpFamily;
  readonly destination: string;
  readonly isGroup: boolean;
  readonly port: number | undefined;
  readonly source: string | undefined;
  readonly sourcePort: number | undefined;
}

export type Leg = Flow | ({ readonly kind: 'stages' } & StagesOptions);

/** Reads what is to be counted. @throws UsageError with every mistake */
export function readLegs(plan: LabPlan, options: LedgerOptions): readonly Leg[] {
  const subject = 'lab.ledger';
  checkOptions(subject, options);
  if (!('legs' in options)) {
    const mistakes: string[] = [];
    const flow = readFlow(plan, options, '', mistakes);
    if (flow === undefined || mistakes.length > 0) throw new UsageError(subject, mistakes);
    return [flow];
  }
  const mistakes = [...findUnknownOptions(options, ['legs'])];
  if (!Array.isArray(options.legs) || options.legs.length === 0)
    throw new UsageError(subject, `legs must be a list of flows and stages, not ${quote(options.legs)}`);
  const legs = options.legs.flatMap((leg: FlowOptions | StagesOptions, index): readonly Leg[] => {
    const place = `legs[${index}].`;
    if (typeof leg !== 'object' || leg === null) {
      mistakes.push(`legs[${index}] must be a flow or { stages }, not ${quote(leg)}`);
      return [];
    }
    if ('stages' in leg) return readStages(leg, place, mistakes);
    const flow = readFlow(plan, leg, place, mistakes);
    return flow === undefined ? [] : [flow];
  });
  if (mistakes.length > 0) throw new UsageError(subject, mistakes);
  return legs;
}

function readStages(leg: StagesOptions, place: string, mistakes: string[]): readonly Leg[] {
  mistakes.push(...findUnknownOptions(leg, ['program', 'stages']).map((each) => `${place}${each}`));
  if (leg.program !== undefined && typeof leg.program !== 'string')
    mistakes.push(`${place}program must be a text or a function, not ${quote(leg.program)}`);
  if (!Array.isArray(leg.stages) || leg.stages.length === 0) {
    mistakes.push(`${place}stages must be a list of { name, read }, not ${quote(leg.stages)}`);
    return [];
  }
  for (const [index, stage] of leg.stages.entries()) {
    const isStage = typeof stage === 'object' && stage !== null && typeof stage.name === 'string' && stage.name !== '';
    if (!isStage || typeof stage.read !== 'function')
      mistakes.push(`${place}stages[${index}] must be { name, read }, not ${quote(stage)}`);
    else mistakes.push(...findStageMistakes(`${place}stages[${index}]`, stage));
  }
  return [{ ...leg, kind: 'stages' }];
}

function findStageMistakes(place: string, stage: LedgerStage): readonly string[] {
  const { isRunning, ifLost } = stage;
  return [
    ...findUnknownOptions(stage, ['name', 'read', 'isRunning', 'ifLost']).map((each) => `${place}: ${each}`),
    ...(isRunning === undefined || typeof isRunning === 'function'
      ? []
      : [`${place}.isRunning must be a function, not ${quote(isRunning)}`]),
    ...(ifLost === undefined || typeof ifLost === 'string' || typeof ifLost === 'function'
      ? []
      : [`${place}.ifLost must be a text, not ${quote(ifLost)}`]),
  ];
}

const KNOWN = ['from', 'to', 'protocol', 'group', 'destination', 'port', 'source', 'sourcePort'];
const PROTOCOLS = ['udp', 'tcp', 'icmp', 'icmpv6'] as const;
const FAMILY_OF_PROTOCOL: Readonly<Partial<Record<Flow['protocol'], IpFamily>>> = { icmp: 'ipv4', icmpv6: 'ipv6' };

function readFlow(plan: LabPlan, options: FlowOptions, place: string, mistakes: string[]): Flow | undefined {
  const before = mistakes.length;
  const add = (text: string): unknown => mistakes.push(`${place}${text}`);
  const machines = plan.nodes.filter(({ kind }) => kind !== 'bridge');
  const names = machines.map(({ name }) => name);
  const findNode = (field: string, name: unknown): PlannedNode | undefined => {
    const found = machines.find((node) => node.name === name);
    if (found === undefined)
      add(`${field}: ${quote(name)} is no host or router${suggest(name, names) || ` of ${names.join(', ')}`}`);
    return found;
  };
  for (const each of findUnknownOptions(options, KNOWN)) add(each);
  const { protocol = 'udp', group, port, source, sourcePort } = options;
  const from = findNode('from', options.from);
  const wanted: readonly unknown[] = Array.isArray(options.to) ? options.to : [options.to];
  const to = wanted.flatMap((name) => findNode('to', name) ?? []);
  if (wanted.length === 0) add('to must name a host at least');
  if (new Set(to).size !== to.length) add('to names a host twice');
  if (from !== undefined && to.includes(from))
    add(`to: ${quote(from.name)} is who sends; what a host sends to itself leaves by no link`);
  if (!PROTOCOLS.includes(protocol)) add(`protocol ${quote(protocol)} is unknown; there are ${PROTOCOLS.join(', ')}`);
  const hasPorts = protocol === 'udp' || protocol === 'tcp';
  for (const [field, value] of [
    ['port', port],
    ['sourcePort', sourcePort],
  ] as const) {
    if (value === undefined) continue;
    if (!Number.isInteger(value) || value < 0 || value > 65_535)
      add(`${field} must be a whole number from 0 to 65535, not ${quote(value)}`);
    else if (!hasPorts) add(`${field}: ${protocol} has no ports`);
  }
  for (const [field, value] of [
    ['group', group],
    ['destination', options.destination],
    ['source', source],
  ] as const) {
    if (value !== undefined && !isIpAddress(value))
      add(`${field} must be an address, such as "10.0.0.1", not ${quote(value)}`);
    else if (value !== undefined && isGroup(value) !== (field === 'group'))
      add(
        field === 'group'
          ? `group: ${quote(value)} is no group`
          : `${field}: ${quote(value)} is a group; write group: ${quote(value)}`,
      );
  }
  if (group !== undefined && options.destination !== undefined) add('give group or destination, not both');
  if (group === undefined && to.length > 1)
    add('to: only what goes to a group goes to several; open a ledger for each');
  if (mistakes.length > before) return undefined;
  const wantedFamily = FAMILY_OF_PROTOCOL[protocol] ?? (source === undefined ? undefined : familyOf(source));
  const destination = group ?? options.destination ?? addressOf(to[0], wantedFamily);
  const ofFamily = wantedFamily === undefined ? '' : ` of IPv${wantedFamily.slice(-1)}`;
  if (destination === undefined) add(`to: ${quote(to[0]?.name)} has no address${ofFamily}; give destination`);
  for (const [field, value] of [
    [group === undefined ? 'destination' : 'group', destination],
    ['source', source],
  ] as const) {
    if (value !== undefined && wantedFamily !== undefined && familyOf(value) !== wantedFamily)
      add(`${field}: ${quote(value)} is of the other kind of IP than ${tellKind(protocol, source)}`);
  }
  if (from === undefined || destination === undefined || mistakes.length > before) return undefined;
  const family = familyOf(destination);
  return {
    kind: 'flow',
    from,
    to,
    protocol,
    family,
    destination,
    isGroup: group !== undefined,
    port,
    source,
    sourcePort,
  };
}

/** What it is that says which kind of IP is meant. */
function tellKind(protocol: Flow['protocol'], source: string | undefined): string {
  return FAMILY_OF_PROTOCOL[protocol] === undefined ? `source ${quote(source)}` : protocol;
}

function addressOf(node: PlannedNode | undefined, wanted: IpFamily | undefined): string | undefined {
  const all = (node?.interfaces.flatMap(({ addresses }) => addresses) ?? []).filter(
    ({ family }) => wanted === undefined || family === wanted,
  );
  return (all.find(({ family }) => family === 'ipv4') ?? all[0])?.address;
}

function isGroup(address: string): boolean {
  const bytes = parseIpAddress(address);
  const [first = 0] = bytes;
  return bytes.length === 4 ? first >= 224 && first < 240 : first === 0xff;
}

/** `udp source → sink 10.0.0.2:5000` */
export function describeFlow({ protocol, from, to, destination, port, family }: Flow): string {
  const address = family === 'ipv6' && port !== undefined ? `[${destination}]` : destination;
  const target = `${address}${port === undefined ? '' : `:${port}`}`;
  return `${protocol} ${from.name} → ${target} → ${to.map(({ name }) => name).join(', ')}`;
}
