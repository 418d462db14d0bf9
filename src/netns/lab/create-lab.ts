import { checkOptions, findUnknownOptions } from '../../core/check-options.js';
import { AbortedError, quote, UsageError } from '../../core/errors.js';
import { listFailures, ScopeError } from '../../core/scope-error.js';
import type { Capture } from '../capture/capture.js';
import { type CaptureOptions, readRecording } from '../capture/capture-options.js';
import { LabCaptures } from '../capture/lab-captures.js';
import { type PartitionArguments, readCuts } from '../impair/cuts.js';
import { Partition } from '../impair/partition.js';
import { type ResetConnection, resetConnections, withoutSecondEnds } from '../impair/reset-connections.js';
import { type Counters, readCounters } from '../ledger/counters.js';
import { type ExplainOptions, type Explanation, explainLab } from '../ledger/explain.js';
import type { LedgerOptions } from '../ledger/flow.js';
import { type Ledger, openLedger } from '../ledger/ledger.js';
import type { SwitchPort } from '../multicast/wait-until-joined.js';
import type { PacketFilter } from '../packet-filter/packet-filter.js';
import { type ContainerlabOptions, toContainerlab } from '../picture/containerlab.js';
import { describeLab } from '../picture/describe-lab.js';
import { type PauseEnd, type PauseOptions, pauseWith } from '../picture/pause.js';
import { drawMermaid, drawSvg, type LabPictureOptions } from '../report/draw-lab.js';
import { attemptEach, type Step } from './attempt-each.js';
import { type BuiltLab, type BuiltLinks, type BuiltNode, buildLab } from './build/build-lab.js';
import { type ReadyOptions, waitUntilReady } from './build/lab-ready.js';
import { surveyNamespaces } from './build/survey-namespaces.js';
import type { LabNames, LabShape } from './define-lab.js';
import { LabBridge } from './lab-bridge.js';
import { LabHost } from './lab-host.js';
import { LabLink, type LabLinkEnd, type LinkMediumParts } from './lab-link.js';
import type { LabSpec } from './lab-spec.js';
import type { LabPlan } from './plan/lab-plan.js';
import { planAround } from './plan/plan-lab.js';

/** How a lab is created. */
export interface CreateLabOptions extends ReadyOptions {
  /** Whether to wait until packets would go through. @defaultValue true */
  readonly ready?: boolean;
  /**
   * Captures frames from the start, as `lab.recording`: `'on-failure'` keeps the last of them in memory, to be saved when a
   * test fails; options say more, such as a `file`.
   *
   * @defaultValue nothing
   */
  readonly capture?: 'on-failure' | CaptureOptions;
}

interface Handles {
  readonly host: LabHost;
  readonly bridge: LabBridge;
  readonly link: LabLink;
}

/**
 * A network of namespaces. Nothing of it has a name on the machine; the kernel takes it back when this process ends,
 * whatever kills it.
 */
export class Lab<Names extends LabNames = LabNames> implements LabShape<Names, Handles>, AsyncDisposable {
  readonly plan: LabPlan;
  readonly hosts: { readonly [Name in Names['host']]: LabHost };
  readonly routers: { readonly [Name in Names['router']]: LabHost };
  readonly bridges: { readonly [Name in Names['bridge']]: LabBridge };
  readonly links: { readonly [Name in Names['link']]: LabLink };
  readonly #nodes: readonly BuiltNode[];
  readonly #between: BuiltLinks;
  readonly #partitions = new Set<Partition>();
  readonly #ledgers = new Set<Ledger>();
  readonly #captures: LabCaptures;
  #closing: Promise<void> | undefined;

  /** @internal Use `createLab`. */
  constructor(plan: LabPlan, { nodes, links }: BuiltLab) {
    this.plan = plan;
    this.#nodes = nodes;
    this.#between = links;
    const ofKind = (kind: string): readonly BuiltNode[] => nodes.filter((node) => node.plan.kind === kind);
    const toHosts = (kind: string) =>
      Object.fromEntries(ofKind(kind).map((node) => [node.plan.name, this.#createHost(node)]));
    // The names of the plan are those of the spec that it was made from, which gave the types.
    this.hosts = toHosts('host') as typeof this.hosts;
    this.routers = toHosts('router') as typeof this.routers;
    this.bridges = Object.fromEntries(
      ofKind('bridge').map((node) => [node.plan.name, new LabBridge(node.plan, node.netns)]),
    ) as typeof this.bridges;
    this.links = Object.fromEntries(
      plan.links.map((link) => {
        const ends = [this.#end(link.ends[0]), this.#end(link.ends[1])] as const;
        return [
          link.name,
          new LabLink(link, ends, this.#findMedium(link.name), (options) => this.#captures.startAt(link.name, options)),
        ];
      }),
    ) as typeof this.links;
    this.#captures = new LabCaptures(this.links);
  }

  /** Whether it was closed, or is about to be. */
  get closed(): boolean {
    return this.#closing !== undefined;
  }

  /** Ends every process and socket in it and removes it, the newest first. Safe to call twice. @throws ScopeError with every failure */
  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  async #close(): Promise<void> {
    // A namespace that was adopted outlives the lab.
    const lasting = this.#takeBack((link) => link.removeRules());
    const captures = this.#captures.close();
    const closings = this.#nodes.toReversed().map(async ({ plan, netns }) => {
      try {
        await netns[Symbol.asyncDispose]();
        return [];
      } catch (error) {
        return listFailures(`${plan.kind} ${quote(plan.name)}`, error);
      }
    });
    const failures = [lasting, ...(await Promise.all([captures, ...closings, this.#closeWires()]))].flat();
    if (failures.length > 0) throw new ScopeError({ subject: 'lab', failures });
  }

  /**
   * Cuts the network, in effect when this returns: hosts of different groups no longer hear each other, on whatever way
   * their packets come, and no sender is told. `{ from, to }` cuts one way. Hosts in no group hear everybody.
   *
   * @throws UsageError with every mistake @throws KernelError EPERM without CAP_NET_ADMIN
   *
   * @example
   * ```ts
   * const split = lab.partition(['a', 'b'], ['c']);
   * split.heal();
   * using _oneWay = lab.partition({ from: ['a'], to: ['b'] });
   * ```
   */
  partition(...parts: PartitionArguments<Names['host'] | Names['router']>): Partition {
    const nodes = this.#nodes.filter(({ plan }) => plan.kind !== 'bridge');
    const byName = new Map(nodes.map((node) => [node.plan.name, node]));
    const partition = new Partition(readCuts(parts, [...byName.keys()]), byName);
    this.#partitions.add(partition);
    return partition;
  }

  /** The partitions that are in force. */
  get partitions(): readonly Partition[] {
    return [...this.#partitions].filter(({ isHealed }) => !isHealed);
  }

  /**
   * Counts the packets of a flow at every hop from now on, and says where they went. @see Ledger
   *
   * @throws UsageError with every mistake @throws KernelError EPERM without CAP_NET_RAW
   */
  ledger(options: LedgerOptions<Names['host'] | Names['router']>): Ledger {
    const ledger = openLedger(this, options);
    this.#ledgers.add(ledger);
    return ledger;
  }

  /** The ledgers that are open. */
  get ledgers(): readonly Ledger[] {
    return [...this.#ledgers].filter(({ closed }) => !closed);
  }

  /** Every counter of every host, switch and wire, at this moment. */
  counters(): Counters {
    return readCounters(this);
  }

  /** What looks wrong in the counters since the lab was built, or since an earlier moment. @throws UsageError */
  explain(options: ExplainOptions = {}): Explanation {
    return explainLab(this, options);
  }

  /**
   * Captures the frames of its links, from now on, until it is stopped or the lab is closed.
   *
   * @throws UsageError with every mistake @throws KernelError ENOENT, EACCES, ENOSPC of its `file`; EPERM without CAP_NET_RAW
   *
   * @example
   * ```ts
   * const capture = await lab.capture({ filter: { protocol: 'udp', port: 53 } });
   * const query = await capture.waitFor((frame) => frame.port.node === 'server');
   * await capture.save('queries.pcapng');
   * ```
   */
  async capture(options: CaptureOptions<Names['link']> = {}): Promise<Capture> {
    return this.#captures.start(options);
  }

  /** What is captured from the start, where `createLab` was told to: `await lab.recording?.save('lab.pcapng')`. */
  get recording(): Capture | undefined {
    return this.#captures.recording;
  }

  /** @internal Begins the recording. */
  record(options: CaptureOptions): Promise<void> {
    return this.#captures.record(options);
  }

  /** As a Mermaid flowchart of this moment: what is down, impaired, or found by a ledger. @throws UsageError */
  toMermaid(options?: LabPictureOptions): string {
    return drawMermaid(this, options);
  }

  /**
   * As a picture of this moment, for a file; `ledger` colours it by where packets were lost, and writes the verdict.
   *
   * @throws UsageError
   *
   * @example
   * ```ts
   * writeFileSync('lab.svg', lab.toSvg({ ledger: await ledger.report() }));
   * ```
   */
  toSvg(options?: LabPictureOptions): string {
    return drawSvg(this, options);
  }

  /** As a topology file of containerlab's. @throws UsageError for what containers cannot have */
  toContainerlab(options?: ContainerlabOptions): string {
    return toContainerlab(this.plan, options);
  }

  /** As a page for people: how to enter each node from another terminal (`nsenter`), addresses, routes, links. */
  describe(): string {
    return describeLab(this);
  }

  toString(): string {
    return this.describe();
  }

  /**
   * Shows {@link describe} on the terminal, and waits for Enter; with `file`, also until that is removed. Without a terminal,
   * and where `CI` is set, it returns at once and says so. The timeout of a test goes on: run Vitest with
   * `--testTimeout=0`.
   *
   * @throws UsageError @throws AbortedError
   */
  pause(options?: PauseOptions): Promise<PauseEnd> {
    return pauseWith(this.describe(), options);
  }

  /**
   * Takes back what was done to the network by this lab, and nothing else: partitions, impairments, holds, and rules of
   * firewalls.
   *
   * @throws ScopeError with every failure; the rest is taken back nevertheless
   */
  heal(): void {
    const failures = this.#takeBack((link) => link.heal());
    for (const partition of this.#partitions) if (partition.isHealed) this.#partitions.delete(partition);
    if (failures.length > 0) throw new ScopeError({ subject: 'lab.heal', failures });
  }

  #takeBack(healLink: (link: LabLink) => void): ReturnType<typeof attemptEach> {
    return attemptEach([
      ...[...this.#partitions].map((partition): Step => ['partition', () => partition.heal()]),
      ...Object.values<LabLink>(this.links).map((link): Step => [`link ${quote(link.name)}`, () => healLink(link)]),
      ...this.#machines().map((host): Step => [`firewall of ${quote(host.name)}`, () => host.firewall.heal()]),
    ]);
  }

  /**
   * Resets TCP connections of all hosts and routers whose packets a filter means, at once. @see LabHost.resetConnections
   *
   * @returns the connections, each as the first end saw it that was reset
   * @throws UsageError with every mistake @throws UnsupportedError for a kernel without CONFIG_INET_DIAG_DESTROY
   */
  resetConnections(filter: PacketFilter = {}): readonly ResetConnection[] {
    return withoutSecondEnds(
      this.#machines().flatMap(({ netns }) => resetConnections('lab.resetConnections', netns, filter)),
    );
  }

  #machines(): readonly LabHost[] {
    return [...Object.values<LabHost>(this.hosts), ...Object.values<LabHost>(this.routers)];
  }

  async #closeWires(): Promise<ReturnType<typeof listFailures>> {
    try {
      await this.#between.wires?.[Symbol.asyncDispose]();
      this.#between.netem?.[Symbol.dispose]();
      return [];
    } catch (error) {
      return listFailures('wires', error);
    }
  }

  #findMedium(name: string): LinkMediumParts {
    const { wires, wireNames, netem } = this.#between;
    const index = wireNames.indexOf(name);
    if (index < 0 || wires === undefined) return { netem: netem?.places(name) };
    return { wire: { switch: wires, index, seed: wires.seed(index) } };
  }

  #createHost({ plan, netns }: BuiltNode): LabHost {
    return new LabHost(
      plan,
      netns,
      (link) => this.#findSwitch(plan.name, link),
      (options) => openLedger(this, options),
    );
  }

  /** The switch at the other end of a node's link. */
  #findSwitch(node: string, link: string): SwitchPort | undefined {
    const far = this.plan.links.find(({ name }) => name === link)?.ends.find((end) => end.node !== node);
    const bridge = Object.values<LabBridge>(this.bridges).find(({ name }) => name === far?.node);
    if (bridge === undefined || far === undefined) return undefined;
    const portIndex = this.#end(far).interface.ifindex;
    return { bridge: bridge.name, port: far.interface, portIndex, read: () => bridge.readMulticast() };
  }

  #end({ node, interface: name }: { readonly node: string; readonly interface: string }): LabLinkEnd {
    const built = this.#nodes.find(({ plan }) => plan.name === node);
    const found = built?.plan.interfaces.find((each) => each.name === name);
    if (built === undefined || found === undefined) throw new TypeError(`the plan has no interface ${name} on ${node}`);
    return { node, netns: built.netns, interface: found, plan: built.plan };
  }
}

/**
 * Creates a lab from a spec and waits until it is ready.
 *
 * @throws UsageError with every mistake in the spec, before anything is made
 * @throws KernelError EPERM without the rights to make namespaces
 * @throws UnsupportedError for a kind of link that the kernel lacks, with what would provide it
 * @throws TimeoutError when it is not ready in time, AbortedError; it is removed then
 *
 * @example
 * ```ts
 * await using lab = await createLab({
 *   hosts: { sender: {}, receiver: {} },
 *   links: { wire: ['sender', 'receiver'] },
 * });
 * await lab.hosts.sender.$`ping -c 1 ${lab.hosts.receiver.address}`;
 * ```
 */
export async function createLab<
  Host extends string = never,
  Router extends string = never,
  Bridge extends string = never,
  Link extends string = never,
>(
  spec: LabSpec<Host, Router, Bridge, Link>,
  options: CreateLabOptions = {},
): Promise<Lab<{ host: Host; router: Router; bridge: Bridge; link: Link }>> {
  checkOptions('createLab', options);
  const unknown = findUnknownOptions(options, ['ready', 'timeoutMs', 'signal', 'capture']);
  if (unknown.length > 0) throw new UsageError('createLab', unknown);
  const plan = planAround(spec as LabSpec, surveyNamespaces(spec as LabSpec));
  const recording = readRecording(options.capture, plan);
  failIfAborted(options.signal);
  const built = buildLab(plan);
  const lab = new Lab<{ host: Host; router: Router; bridge: Bridge; link: Link }>(plan, built);
  try {
    if (recording !== undefined) await lab.record(recording);
    // Before that, what is done to a wire would have to wait for it.
    await built.links.wires?.ready;
    if (options.ready !== false) await waitUntilReady(built.nodes, options);
    failIfAborted(options.signal);
    return lab;
  } catch (error) {
    // Why there is no lab is what counts: what fails in its teardown then fails for the same reason.
    await lab[Symbol.asyncDispose]().catch(() => undefined);
    throw error;
  }
}

function failIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new AbortedError('createLab was aborted', { cause: signal.reason });
}
