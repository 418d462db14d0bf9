import { checkOptions, findUnknownOptions } from '../../core/check-options.js';
import { findSpanMistakes } from '../../core/clock-sleep.js';
import { DisposedError, UsageError } from '../../core/errors.js';
import { RealClock } from '../../core/real-clock.js';
import { DIRECTIONS } from '../wire/wire-protocol.js';
import { FlowCount } from './count-flow.js';
import { type OpenStage, openStage, StageInquiry } from './count-stages.js';
import { type Counters, readCounters } from './counters.js';
import { countInside } from './diagnose-link.js';
import { type Flow, type LedgerOptions, readLegs } from './flow.js';
import { type AnyLab, type LabView, type ViewedPartition, viewLab } from './lab-view.js';
import { LedgerReport } from './ledger-report.js';
import { type CountedLeg, makeReport } from './make-report.js';

/** How a report is made. */
export interface LedgerReportOptions {
  /**
   * How long packets are waited for that are still on the move, in a wire that delays them too: until no counter changes
   * any more.
   *
   * @defaultValue 1000
   */
  readonly settleMs?: number;
  /**
   * How long each question that a stage is asked may take: of one that does not answer, the report says so.
   *
   * @defaultValue 2000
   */
  readonly answerMs?: number;
}

/** How long no counter may move for all to be at rest. */
const QUIET_MS = 20;
/** The same, with programs between that pass packets on: each may wait for a processor that others keep busy. */
const PROGRAM_QUIET_MS = 250;
const LOOK_EVERY_MS = 5;

type OpenLeg =
  | { readonly kind: 'flow'; readonly flow: Flow; readonly count: FlowCount }
  | { readonly kind: 'stages'; readonly program: string | undefined; readonly stages: readonly OpenStage[] };

/**
 * Counts the packets of a flow at every hop, from when it is opened, and says where they went.
 *
 * @example
 * ```ts
 * const ledger = lab.ledger({ from: 'source', to: 'sink', group: '239.1.1.1', port: 5000 });
 * // … traffic …
 * const report = await ledger.report();
 * console.log(String(report)); // a line for each hop, and why packets are missing
 * expect(report.verdict.cause).toBe('conserved');
 * ```
 *
 * @example Through a program, whose own counters go on where packets have no hops.
 * ```ts
 * const ledger = lab.ledger({
 *   legs: [
 *     { from: 'source', to: 'relay', group: '239.1.1.1', port: 5000 },
 *     {
 *       program: 'relay',
 *       stages: [
 *         { name: 'ingress.matched', read: () => relay.statistics().matched },
 *         { name: 'egress.channelRecv', read: () => relay.statistics().channelRecv, ifLost: 'the channel is not connected' },
 *       ],
 *     },
 *     { from: 'relay', to: 'sink', group: '239.2.2.2', port: 6000 },
 *   ],
 * });
 * ```
 */
export class Ledger implements AsyncDisposable {
  readonly #view: LabView;
  readonly #legs: readonly OpenLeg[];
  readonly #nodes: ReadonlySet<string>;
  readonly #before: Counters;
  readonly #partitions: ReadonlyMap<ViewedPartition, number>;
  #closing: Promise<void> | undefined;

  /** @internal Use `lab.ledger`. */
  constructor(lab: AnyLab, options: LedgerOptions) {
    this.#view = viewLab(lab);
    const legs: OpenLeg[] = [];
    try {
      for (const leg of readLegs(lab.plan, options)) {
        if (leg.kind === 'flow') legs.push({ kind: 'flow', flow: leg, count: new FlowCount(this.#view, leg) });
        else legs.push({ kind: 'stages', program: leg.program, stages: leg.stages.map(openStage) });
      }
      this.#nodes = new Set(legs.flatMap((leg) => (leg.kind === 'flow' ? [...leg.count.nodes()] : [])));
      this.#before = readCounters(this.#view, this.#nodes);
      this.#partitions = new Map(this.#view.partitions().map((each) => [each, each.dropped]));
    } catch (error) {
      for (const leg of legs) if (leg.kind === 'flow') void leg.count.close();
      throw error;
    }
    this.#legs = legs;
    this.#belongToLab();
  }

  /**
   * What was counted until now, and why packets are missing. It waits until nothing moves any more, and may be asked for
   * again.
   *
   * @throws DisposedError once it is closed, and what the `read` of a stage throws
   * @throws UsageError
   */
  async report(options: LedgerReportOptions = {}): Promise<LedgerReport> {
    checkOptions('ledger.report', options);
    const mistakes = [
      ...findUnknownOptions(options, ['settleMs', 'answerMs']),
      ...(options.settleMs === undefined ? [] : findSpanMistakes('settleMs', options.settleMs)),
      ...(options.answerMs === undefined ? [] : findSpanMistakes('answerMs', options.answerMs)),
    ];
    if (mistakes.length > 0) throw new UsageError('ledger.report', mistakes);
    if (this.#closing !== undefined) throw new DisposedError('Ledger', 'report()');
    const inquiry = new StageInquiry(options.answerMs ?? 2000);
    const isQuiet = await this.#settle(options.settleMs ?? 1000, inquiry);
    const legs = await Promise.all(this.#legs.map((leg) => countLeg(leg, inquiry)));
    const after = readCounters(this.#view, this.#nodes);
    const partitions = [...new Set([...this.#partitions.keys(), ...this.#view.partitions()])].map((each) => ({
      unheard: each.unheard,
      dropped: each.dropped - (this.#partitions.get(each) ?? 0),
    }));
    const data = makeReport({
      view: this.#view,
      legs,
      deltas: after.since(this.#before),
      now: after.nodes,
      partitions,
      isQuiet,
    });
    return new LedgerReport(data);
  }

  /** Whether it counts no more. */
  get closed(): boolean {
    return this.#closing !== undefined;
  }

  /** Ends the counting. Safe to call twice. It ends with the lab, too. */
  [Symbol.asyncDispose](): Promise<void> {
    this.#closing ??= Promise.all(
      this.#legs.map((leg) => (leg.kind === 'flow' ? leg.count.close() : Promise.resolve())),
    ).then(() => undefined);
    return this.#closing;
  }

  /** Whether packets, and the counters of programs, came to rest in time. */
  async #settle(settleMs: number, inquiry: StageInquiry): Promise<boolean> {
    const clock = new RealClock();
    const deadline = clock.now() + settleMs;
    const read = (): string => this.#legs.map((leg) => (leg.kind === 'flow' ? leg.count.readAll() : [])).join(';');
    let last = read();
    const openStages = this.#legs.flatMap((leg) => (leg.kind === 'stages' ? leg.stages : []));
    let lastStages = await inquiry.readAll(openStages);
    const quietMs = this.#legs.length > 1 ? Math.min(PROGRAM_QUIET_MS, settleMs / 4) : QUIET_MS;
    let quietSince = clock.now();
    for (;;) {
      if (clock.now() - quietSince >= quietMs) {
        const stages = await inquiry.readAll(openStages);
        if (stages === lastStages && !this.#isUnderWay()) return true;
        lastStages = stages;
        quietSince = clock.now();
      }
      if (clock.now() >= deadline) return false;
      await clock.sleep(LOOK_EVERY_MS);
      const next = read();
      if (next !== last) quietSince = clock.now();
      last = next;
    }
  }

  /** Whether a wire has packets in it that will come out by themselves. */
  #isUnderWay(): boolean {
    const outputs = this.#legs.flatMap((leg) =>
      leg.kind === 'flow' ? leg.count.ways.flatMap(({ steps }) => steps.map(({ output }) => output?.link)) : [],
    );
    return [...new Set(outputs)].some((name) => {
      const link = name === undefined ? undefined : this.#view.links.get(name);
      if (link?.medium !== 'wire') return false;
      return DIRECTIONS.some((direction) => !link.isHeld(direction) && countInside(link.counts(direction)) > 0);
    });
  }

  /** The kernel keeps a namespace for as long as a socket is in it. */
  #belongToLab(): void {
    const [first] = this.#nodes;
    const netns = first === undefined ? undefined : this.#view.nodes.get(first)?.netns;
    let end = (): void => {};
    const ended = new Promise<void>((resolve) => {
      end = resolve;
    });
    const stop = (): void => void this[Symbol.asyncDispose]().then(end);
    netns?.lend('lab.ledger').belongings.add({ label: 'ledger', stop, ended });
  }
}

/** Opens a ledger of a lab. @throws UsageError with every mistake @throws KernelError EPERM without CAP_NET_RAW */
export function openLedger(lab: AnyLab, options: LedgerOptions): Ledger {
  return new Ledger(lab, options);
}

async function countLeg(leg: OpenLeg, inquiry: StageInquiry): Promise<CountedLeg> {
  if (leg.kind === 'flow') return leg;
  const stages = await Promise.all(leg.stages.map((stage) => inquiry.count(stage)));
  return { kind: 'stages', program: leg.program, stages };
}
