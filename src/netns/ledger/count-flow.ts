import { quote, UsageError } from '../../core/errors.js';
import type { PlannedInterface, PlannedNode } from '../lab/plan/lab-plan.js';
import type { PacketFilter } from '../packet-filter/packet-filter.js';
import { findWay, type WayStep } from './find-way.js';
import type { Flow } from './flow.js';
import type { LabView } from './lab-view.js';
import { PacketCounter } from './packet-counter.js';

/** Where packets of a flow are counted on an interface. */
export type CountPoint = 'out' | 'in' | 'ip';

/** A place where a flow is counted. */
export interface CountedPlace {
  readonly node: PlannedNode;
  readonly interface: PlannedInterface;
  readonly point: CountPoint;
  readonly counter: PacketCounter;
}

/** The way to one receiver and the places on it, in order. */
export interface CountedWay {
  readonly to: PlannedNode;
  readonly steps: readonly WayStep[];
  readonly places: readonly CountedPlace[];
}

/** How many places beside the ways are watched. */
const MOST_BESIDE = 64;

/** The counters of a flow, on its ways and beside them. */
export class FlowCount {
  readonly flow: Flow;
  readonly ways: readonly CountedWay[];
  /** Other interfaces by which nodes of the ways may send it. */
  readonly beside: readonly CountedPlace[];
  readonly #all = new Map<string, CountedPlace>();

  /** @throws UsageError where the plan has no way @throws KernelError EPERM without CAP_NET_RAW */
  constructor(view: LabView, flow: Flow) {
    this.flow = flow;
    const filter = toFilter(flow);
    const open = (node: PlannedNode, device: PlannedInterface, point: CountPoint): readonly CountedPlace[] => {
      const key = `${node.name} ${device.name} ${point}`;
      const known = this.#all.get(key);
      if (known !== undefined) return [known];
      const netns = view.nodes.get(node.name)?.netns;
      if (netns === undefined) return [];
      const counter = new PacketCounter({
        netns,
        ifindex: device.ifindex,
        filter,
        direction: point === 'out' ? 'out' : 'in',
        behindFilters: point === 'ip' ? flow.family : undefined,
      });
      const place = { node, interface: device, point, counter };
      this.#all.set(key, place);
      return [place];
    };
    try {
      this.ways = flow.to.map((to) => {
        const steps = findWay(view.plan, flow.from, to, flow.isGroup ? undefined : flow.destination) ?? [];
        const places = steps.flatMap(({ node, input, output }) => [
          ...(input === undefined ? [] : open(node, input, 'in')),
          ...(input === undefined || input.isBridgePort ? [] : open(node, input, 'ip')),
          ...(output === undefined ? [] : open(node, output, 'out')),
        ]);
        return { to, steps, places };
      });
      const unreached = this.ways.filter(({ steps }) => steps.length === 0);
      if (unreached.length > 0)
        throw new UsageError(
          'lab.ledger',
          unreached.map(({ to }) => `to: no links of the lab lead from ${quote(flow.from.name)} to ${quote(to.name)}`),
        );
      const passed = new Set(
        this.ways.flatMap(({ to, steps }) => steps.map(({ node }) => node).filter((node) => node !== to)),
      );
      this.beside = [flow.from, ...passed]
        .flatMap((node) => node.interfaces.map((device) => ({ node, device })))
        .filter(({ node, device }) => !this.#all.has(`${node.name} ${device.name} out`))
        .slice(0, MOST_BESIDE)
        .flatMap(({ node, device }) => open(node, device, 'out'));
    } catch (error) {
      void this.close();
      throw error;
    }
  }

  /** The nodes whose counters may tell something. */
  nodes(): ReadonlySet<string> {
    const near = [this.flow.from, ...this.flow.to, ...this.ways.flatMap(({ steps }) => steps.map(({ node }) => node))];
    return new Set(near.map(({ name }) => name));
  }

  /** What every place counted, to be compared. */
  readAll(): readonly number[] {
    return [...this.#all.values()].map(({ counter }) => counter.read());
  }

  async close(): Promise<void> {
    await Promise.all([...this.#all.values()].map(({ counter }) => counter.close()));
  }
}

function toFilter({ protocol, destination, port, source, sourcePort }: Flow): PacketFilter {
  return {
    protocol,
    destination,
    ...(port === undefined ? {} : { destinationPort: port }),
    ...(source === undefined ? {} : { source }),
    ...(sourcePort === undefined ? {} : { sourcePort }),
  };
}
