import { mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ChannelOptions } from '../channel/channel-sender.ts';
import { RelayError } from '../errors.ts';
import { formatInput, formatOutput, isGroupOutput, type Rule, type RuleSpec } from '../rule.ts';
import type { RelayStats, RuleStats } from '../stats.ts';
import type { WorkerReport } from '../worker/messages.ts';
import { HandoverAccount } from './handover-account.ts';
import { describeState, type RuleEntry, RuleTable } from './rule-table.ts';
import { accountedCopies, readEgress, readIngress, Totals } from './totals.ts';
import { Waiting } from './waiting.ts';
import type { WorkerKind, WorkerProcess } from './worker-process.ts';
import { WorkerSlot } from './worker-slot.ts';

/** How a relay runs. */
export interface SupervisorOptions {
  /** Where its sockets are; of one relay alone. */
  readonly runDirectory: string;
  readonly receiveBufferBytes: number;
  readonly channel: ChannelOptions;
  /** Which workers are started. */
  readonly workers: readonly WorkerKind[];
  /** Told of what happens: a line each. */
  readonly log: (line: string) => void;
}

const ANSWER_TIMEOUT_MS = 5000;
const STOP_TIMEOUT_MS = 2000;

/** Starts the workers and starts them again, tells them the rules, and keeps account across their deaths. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #rules = new RuleTable();
  readonly #totals = new Totals();
  readonly #account = new HandoverAccount();
  readonly #waiting = new Waiting();
  /** The rules that are being removed, and who has done so. */
  readonly #removed = new Map<number, Set<WorkerKind>>();
  readonly #slots: Readonly<Record<WorkerKind, WorkerSlot>>;
  #channel: RelayStats['channel'] = { connected: false, reason: 'no egress worker listens yet' };

  constructor(options: SupervisorOptions) {
    this.#options = options;
    mkdirSync(options.runDirectory, { recursive: true, mode: 0o700 });
    this.#slots = { ingress: this.#createSlot('ingress'), egress: this.#createSlot('egress') };
  }

  /** Starts the workers, after having made sure that nobody else uses the directory. */
  start(): void {
    const { runDirectory } = this.#options;
    // What a relay that was killed has left.
    for (const name of readdirSync(runDirectory))
      if (/^channel-\d+\.sock$|^(in|e)gress\.memory$/.test(name)) rmSync(join(runDirectory, name));
    for (const kind of this.#options.workers) this.#slots[kind].start();
  }

  /** Resolves when packets would go through. @throws RelayError UNAVAILABLE that says what is missing, after that time or when the relay ends */
  async waitUntilReady(timeoutMs: number): Promise<void> {
    if (await this.#waiting.until(() => this.#findMissing() === undefined, timeoutMs)) return;
    throw new RelayError('UNAVAILABLE', `The relay is not ready: ${this.#findMissing()}`);
  }

  #findMissing(): string | undefined {
    const { ingress, egress } = this.#slots;
    if (!ingress.isStarted) return `the ingress worker is ${ingress.status.state}`;
    if (!egress.isStarted) return `the egress worker is ${egress.status.state}`;
    return this.#channel.connected ? undefined : `the channel is not connected: ${this.#channel.reason}`;
  }

  /** Adds a rule; it is in force as far as it can be when this resolves. @throws RelayError */
  async add(spec: RuleSpec): Promise<RuleStats> {
    const entry = this.#rules.add(spec, this.#totals.egress(this.#slots.egress.worker).sent);
    // Who is to send is ready before anything comes.
    for (const kind of ['egress', 'ingress'] as const) {
      const slot = this.#slots[kind];
      if (!slot.isStarted) continue;
      slot.send({ order: 'add', rule: entry.rule, firstOutput: entry.firstOutput });
      await this.#waiting.until(() => entry.states[kind] !== undefined || !slot.isStarted, ANSWER_TIMEOUT_MS);
    }
    return this.#describe(entry);
  }

  /** @throws RelayError NOT_FOUND */
  async remove(id: number): Promise<void> {
    this.#rules.remove(id);
    const removed = new Set<WorkerKind>();
    this.#removed.set(id, removed);
    // What the ingress worker has taken is sent on.
    for (const kind of ['ingress', 'egress'] as const) {
      const slot = this.#slots[kind];
      if (!slot.isStarted) continue;
      slot.send({ order: 'remove', id });
      await this.#waiting.until(() => removed.has(kind) || !slot.isStarted, ANSWER_TIMEOUT_MS);
    }
    this.#removed.delete(id);
  }

  list(): readonly (Rule & { readonly state: string })[] {
    return this.#rules.all().map((entry) => ({ ...entry.rule, state: describeState(entry) }));
  }

  stats(): RelayStats {
    const { ingress, egress } = this.#slots;
    const taken = this.#totals.ingress(ingress.worker);
    const { counters, refused, sent } = this.#totals.egress(egress.worker);
    return {
      ingress: {
        recv: taken.recv,
        matched: taken.matched,
        foreign: taken.foreign,
        egressSent: taken.egressSent,
        discarded: taken.discarded,
        dropped: {
          channelFull: taken.droppedChannelFull,
          notConnected: taken.droppedNotConnected,
          receiveBuffer: taken.droppedReceiveBuffer,
        },
        channelWaits: taken.channelWaits,
      },
      egress: {
        channelRecv: counters.channelRecv,
        orphaned: counters.orphaned,
        submitted: counters.submitted,
        sent: sent.reduce((sum, each) => sum + each, 0),
        refused,
        unavailable: counters.unavailable,
      },
      supervisor: {
        lost: this.#account.lost,
        restarts: { ingress: ingress.restarts, egress: egress.restarts },
      },
      channel: this.#channel,
      workers: { ingress: ingress.status, egress: egress.status },
      rules: this.#rules.all().map((entry) => this.#describe(entry)),
    };
  }

  /** Sends what has come, and ends the workers. */
  async stop(): Promise<void> {
    this.#waiting.end();
    for (const kind of ['ingress', 'egress'] as const) {
      if (await this.#slots[kind].stop(STOP_TIMEOUT_MS))
        this.#options.log(`the ${kind} worker did not stop within ${STOP_TIMEOUT_MS} ms, and was killed`);
    }
  }

  #describe(entry: RuleEntry): RuleStats {
    const { rule, firstOutput, sentBefore } = entry;
    const { sent } = this.#totals.egress(this.#slots.egress.worker);
    const groups = rule.outputs.filter(isGroupOutput).map((output, index) => ({
      output: formatOutput(output),
      sent: (sent[firstOutput + index] ?? 0) - (sentBefore[index] ?? 0),
    }));
    return { id: rule.id, input: formatInput(rule), state: describeState(entry), outputs: groups };
  }

  #createSlot(kind: WorkerKind): WorkerSlot {
    const { runDirectory } = this.#options;
    return new WorkerSlot({
      kind,
      runDirectory,
      onStart: (worker, generation) => this.#tell(kind, worker, generation),
      onReport: (report) => this.#hear(kind, report),
      onDeath: (worker, generation, how) => this.#bury(kind, worker, generation, how),
    });
  }

  #tell(kind: WorkerKind, worker: WorkerProcess, generation: number): void {
    const { receiveBufferBytes, channel } = this.#options;
    worker.send({ order: 'start', receiveBufferBytes, channel, channelPath: this.#channelPath(generation) });
    if (kind === 'ingress') this.#connect();
    for (const { rule, firstOutput } of this.#rules.all()) worker.send({ order: 'add', rule, firstOutput });
  }

  #connect(): void {
    const { egress, ingress } = this.#slots;
    const { generation } = egress;
    if (egress.isStarted) ingress.send({ order: 'connect', path: this.#channelPath(generation), generation });
  }

  #channelPath(generation: number): string {
    return join(this.#options.runDirectory, `channel-${generation}.sock`);
  }

  #hear(kind: WorkerKind, report: WorkerReport): void {
    if (report.report === 'started' && kind === 'egress') this.#connect();
    else if (report.report === 'rule') {
      const entry = this.#rules.get(report.id);
      if (entry !== undefined) entry.states[kind] = report.state;
    } else if (report.report === 'removed') this.#removed.get(report.id)?.add(kind);
    else if (report.report === 'problem') this.#options.log(`the ${kind} worker: ${report.message}`);
    else if (report.report === 'channel') {
      const { connected, reason, generation, copies } = report;
      if (connected) this.#account.connected(generation, copies);
      else this.#account.disconnected(generation, copies);
      this.#channel = { connected, reason };
    }
    this.#waiting.look();
  }

  #bury(kind: WorkerKind, worker: WorkerProcess, generation: number, how: string): void {
    if (kind === 'ingress') {
      this.#totals.addIngress(worker);
      this.#account.ingressDied(readIngress(worker).egressCopies);
      this.#channel = { connected: false, reason: `the ingress worker ${how}` };
    } else {
      this.#totals.addEgress(worker);
      this.#account.egressDied(generation, accountedCopies(readEgress(worker)));
      rmSync(this.#channelPath(generation), { force: true });
      this.#channel = { connected: false, reason: `the egress worker ${how}` };
    }
    for (const { states } of this.#rules.all()) delete states[kind];
    if (!this.#slots[kind].isStopping) this.#options.log(`the ${kind} worker ${worker.pid} ${how}`);
    this.#waiting.look();
  }
}
