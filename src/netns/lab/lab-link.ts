import { quote, UsageError } from '../../core/errors.js';
import type { FaultPlan } from '../../faults/plan.js';
import type { Capture } from '../capture/capture.js';
import type { LinkCaptureOptions } from '../capture/capture-options.js';
import type { ImpairOptions } from '../impair/impairment-options.js';
import type { ImpairmentControl } from '../impair/impairments.js';
import { NetemControl, type NetemPlaces } from '../impair/netem-control.js';
import { WireControl, type WireModule, type WirePlace } from '../impair/wire-control.js';
import { passThroughFaults } from '../impair/wire-faults.js';
import type { FirewallRule } from '../netfilter/firewall-rule.js';
import { type LinkDevice, type LinkDropOptions, LinkFirewall } from '../netfilter/link-firewall.js';
import { findChoiceProblems, throwProblems } from '../netlink/checks.js';
import { decodeLink, type LinkState } from '../netlink/link.js';
import { encodeGetLink, encodeSetLink } from '../netlink/link-requests.js';
import type { Netns } from '../netns.js';
import type { PacketFilter } from '../packet-filter/packet-filter.js';
import type { Impairment } from '../wire/impairment-model.js';
import { DIRECTIONS, type WireCounts, type WireDirection } from '../wire/wire-protocol.js';
import type { WireHandler } from '../wire/wire-switch.js';
import { countFrames } from './forwarded.js';
import type { PlannedInterface, PlannedLink, PlannedNode } from './plan/lab-plan.js';
import { setUpRoutes } from './plan/lab-requests.js';

/** One end of a link of a lab. */
export interface LabLinkEnd {
  /** The name of the node. */
  readonly node: string;
  readonly netns: Netns;
  readonly interface: PlannedInterface;
  /** The node, for what has to be set up again. */
  readonly plan: PlannedNode;
}

/**
 * What a link is: one veth pair; two with room for the kernel's netem between; or two with a thread of this process
 * between, which passes every frame on.
 */
export type LinkMedium = 'veth' | 'netem' | 'wire';

/** @internal What is between the ends of a link. */
export interface LinkMediumParts {
  readonly wire?: WirePlace;
  readonly netem?: NetemPlaces | undefined;
}

/** @internal How its frames are captured. */
export type LinkCapture = (options: LinkCaptureOptions) => Promise<Capture>;

/** A link of a lab. */
export class LabLink {
  readonly name: string;
  readonly plan: PlannedLink;
  readonly ends: readonly [LabLinkEnd, LabLinkEnd];

  /** What it is: chosen when the lab was built, by what the spec says and what the kernel has. */
  readonly medium: LinkMedium;

  readonly #wire: WireControl | undefined;
  readonly #control: ImpairmentControl;
  readonly #firewall: LinkFirewall;
  readonly #capture: LinkCapture;

  /** @internal */
  constructor(
    plan: PlannedLink,
    ends: readonly [LabLinkEnd, LabLinkEnd],
    { wire, netem }: LinkMediumParts,
    capture: LinkCapture,
  ) {
    this.#capture = capture;
    this.name = plan.name;
    this.plan = plan;
    this.ends = ends;
    this.medium = wire !== undefined ? 'wire' : netem !== undefined ? 'netem' : 'veth';
    this.#wire = wire && new WireControl(plan.name, wire);
    const noNetem = `this kernel has no netem; write ${this.#inSpec('impairable')} in the spec, for a wire where there is none`;
    this.#firewall = new LinkFirewall(plan.name, [toDevice(ends[0]), toDevice(ends[1])]);
    this.#control = this.#wire ?? new NetemControl(plan.name, netem ?? atSenders(ends), noNetem);
  }

  /** Whether both ends are up and have a carrier. */
  get isUp(): boolean {
    return this.states().every((state) => state.isUp && state.hasCarrier);
  }

  /** How many frames arrived at its ends, both ways, since the lab was built. */
  forwarded(): number {
    return countFrames(this.states(), 'rxPackets');
  }

  /** Both ends as the kernel says they are, in the order of the plan. */
  states(): readonly [LinkState, LinkState] {
    const [a, b] = this.ends;
    return [readState(a), readState(b)];
  }

  /** What decides which frames are hit; print it, and a failure can be had again. With netem, from Linux 6.6 on. */
  get seed(): number {
    return this.#control.seed;
  }

  /** What has become of the frames that went one way. @throws UsageError when it is no wire */
  counts(direction: WireDirection): WireCounts {
    return this.#requireWire('counts').counts(this.#checkDirection('counts', direction));
  }

  /** What its impairments come to, one way. */
  impairment(direction: WireDirection): Impairment {
    return this.#control.effective(this.#checkDirection('impairment', direction));
  }

  /**
   * Damages traffic, in effect when this returns. What is given is merged with what is there: it changes the fields it
   * names, until the undo is disposed of. No sender is told of a loss, if the spec says that the link is `impairable` or
   * a `wire`. A link of which it says neither is impaired where its ends send, by netem, if the kernel has it: a socket
   * with IP_RECVERR is told there of what `limitPackets` left no room for, and what waits when it is healed is lost.
   *
   * @throws UsageError with every mistake; when the spec says neither, and the kernel has no netem
   * @throws KernelError EEXIST when it says neither, and an end has a qdisc already
   *
   * @example
   * ```ts
   * using _slow = lab.links.uplink.impair({ both: { delayMs: 20 }, aToB: { lossPercent: 5 }, seed: 42 });
   * ```
   */
  impair(options: ImpairOptions): Disposable {
    return this.#control.impair(options);
  }

  /**
   * Keeps frames back, in effect when this returns; they go on in their order when the undo is disposed of, or `release`
   * is called.
   *
   * @defaultValue both directions
   * @throws UsageError when it is no wire
   */
  hold(direction?: WireDirection): Disposable {
    const wire = this.#requireWire('hold');
    return wire.hold(direction === undefined ? undefined : this.#checkDirection('hold', direction));
  }

  /** Whether frames that go one way are kept back. @throws UsageError when it is no wire */
  isHeld(direction: WireDirection): boolean {
    return this.#requireWire('isHeld').isHeld(this.#checkDirection('isHeld', direction));
  }

  /** Lets everything go on that is held. Safe to call twice. @throws UsageError when it is no wire */
  release(): void {
    this.#requireWire('release').release();
  }

  /**
   * Lets a function decide about each frame, before the impairments. A function of this thread sees copies, and costs
   * tens of microseconds a frame; one of a module runs in the thread of the wire, for less than five.
   *
   * @throws UsageError when another decides already, for a module that cannot be had, when it is no wire
   *
   * @example
   * ```ts
   * let syns = 0;
   * using _third = link.intercept((frame) => (frame.tcp?.syn && ++syns === 3 ? 'drop' : 'pass'));
   * using _module = await link.intercept({ module: new URL('./wire.ts', import.meta.url), export: 'dropThird' });
   * ```
   */
  intercept(handler: WireHandler): Disposable;
  intercept(module: WireModule): Promise<Disposable>;
  intercept(decider: WireHandler | WireModule): Disposable | Promise<Disposable> {
    const wire = this.#requireWire('intercept');
    if (typeof decider === 'function') return wire.intercept(decider);
    if (typeof decider === 'object' && decider !== null) return wire.load(decider);
    throw new UsageError(
      `link ${quote(this.name)}.intercept`,
      `give it a function, or { module } with a function of that; received ${quote(decider)}`,
    );
  }

  /**
   * Sends each frame through the point `wire.frame` of a plan, in the thread of the test: a frame for which a fault
   * injects an error is dropped; one that is delayed waits; `instead` answers what `intercept` takes for a decision.
   *
   * @throws UsageError when a function decides already; when it is no wire
   *
   * @example
   * ```ts
   * using _faults = lab.links.uplink.useFaults(faults);
   * faults.inject('wire.frame', { where: { protocol: 'tcp', flags: 'S' }, nth: 3, before: 'EIO' });
   * ```
   */
  useFaults(plan: FaultPlan): Disposable {
    const [a, b] = this.plan.ends;
    const wire = this.#requireWire('useFaults');
    if (typeof plan?.point !== 'function')
      throw new UsageError(
        `link ${quote(this.name)}.useFaults`,
        `give it a plan of faults, such as new FaultPlan(); received ${quote(plan)}`,
      );
    return wire.intercept(passThroughFaults(plan, this.name, [a.node, b.node]));
  }

  /**
   * Captures its frames, from now on: `lab.capture` for one link.
   *
   * @throws UsageError with every mistake @throws KernelError as `lab.capture`
   */
  async capture(options: LinkCaptureOptions = {}): Promise<Capture> {
    return this.#capture(options);
  }

  /**
   * Drops frames that a filter means, at the end that receives them, from when this returns; no sender is told. A link of
   * any kind can do that, and at a port of a switch it is done before the switch sees the frame. The frames were on the
   * link: a capture has them.
   *
   * @throws UsageError with every mistake @throws KernelError EPERM without CAP_NET_ADMIN
   * @throws UnsupportedError without nf_tables
   *
   * @example
   * ```ts
   * using dns = lab.links.uplink.drop({ protocol: 'udp', port: 53 }, { direction: 'aToB', percent: 20 });
   * await until(() => dns.packets > 3);
   * ```
   */
  drop(filter: PacketFilter, options: LinkDropOptions = {}): FirewallRule {
    return this.#firewall.drop(filter, options);
  }

  /** Takes back every impairment, every hold, and what `drop` put there. */
  heal(): void {
    this.#control.heal();
    this.removeRules();
  }

  /** @internal Takes back what `drop` put there. */
  removeRules(): void {
    this.#firewall.heal();
  }

  /** Pulls the plug: both ends are down, and what went this way is lost. Addresses stay, routes through it go. */
  down(): void {
    for (const {
      netns,
      interface: { ifindex },
    } of this.#ownEnds()) {
      netns.netlink.request(encodeSetLink({ index: ifindex, isUp: false }));
    }
  }

  /** Puts it back: both ends are up, and the routes through them are there again. Safe to call twice. */
  up(): void {
    for (const {
      netns,
      interface: { ifindex },
    } of this.#ownEnds()) {
      netns.netlink.request(encodeSetLink({ index: ifindex, isUp: true }));
    }
    for (const {
      netns,
      plan,
      interface: { name },
    } of this.#ownEnds()) {
      // VLANs go down and up with what they stand on (net/8021q/vlan.c, vlan_device_event), and lose their routes too.
      const requests = setUpRoutes(plan, withThoseUpon(plan, name));
      // Those that did not go, for the link was up at this end, are there already.
      for (const error of netns.netlink.attemptAll(requests).values()) if (error.code !== 'EEXIST') throw error;
    }
  }

  /** The second end of a macvlan is an interface of another link. */
  #ownEnds(): readonly LabLinkEnd[] {
    return this.ends.filter((end) => end.interface.link === this.name);
  }

  #checkDirection(action: string, direction: WireDirection): WireDirection {
    const problems = findChoiceProblems('direction', direction ?? null, DIRECTIONS);
    throwProblems(`link ${quote(this.name)}.${action}`, problems);
    return direction;
  }

  #requireWire(action: string): WireControl {
    if (this.#wire !== undefined) return this.#wire;
    throw new UsageError(
      `link ${quote(this.name)}.${action}`,
      `it is no wire; write ${this.#inSpec('wire')} in the spec`,
    );
  }

  #inSpec(setting: string): string {
    const [a, b] = this.plan.ends.map(({ node }) => node);
    return `${this.name}: { ends: [${quote(a)}, ${quote(b)}], ${setting}: true }`;
  }
}

/** Where the frames of a plain link can be impaired: where they are sent from. */
function atSenders([a, b]: readonly [LabLinkEnd, LabLinkEnd]): NetemPlaces {
  const placeOf = ({ netns, interface: { ifindex } }: LabLinkEnd) => ({ netns, ifindex });
  return { aToB: placeOf(a), bToA: placeOf(b), isPrivate: false };
}

function toDevice({ netns, interface: { name }, plan }: LabLinkEnd): LinkDevice {
  return { netns, device: name, isLasting: plan.netns !== undefined };
}

function readState({ netns, interface: { ifindex } }: LabLinkEnd): LinkState {
  return decodeLink(netns.netlink.requestOne(encodeGetLink({ index: ifindex })));
}

/** An interface of a node, and all that stand on it. */
function withThoseUpon({ interfaces }: PlannedNode, name: string): ReadonlySet<string> {
  const names = new Set([name]);
  for (const each of names) {
    for (const upper of interfaces) if (upper.below === each && upper.up) names.add(upper.name);
  }
  return names;
}
