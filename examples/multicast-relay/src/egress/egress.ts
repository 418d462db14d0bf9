import { readChannelMessage } from '../channel/channel-message.ts';
import { ChannelReceiver } from '../channel/channel-receiver.ts';
import { isGroupOutput, type Rule } from '../rule.ts';
import { openLinkEvents } from '../system/interfaces.ts';
import { drainSocket } from '../system/udp.ts';
import type { Counters, EgressCounter } from '../worker/counters.ts';
import type { RuleState, WorkerOrder, WorkerReport } from '../worker/messages.ts';
import type { WorkerTask } from '../worker/worker-loop.ts';
import { GroupSender } from './group-sender.ts';
import type { SendJournal } from './send-journal.ts';

interface Entry {
  readonly senders: readonly GroupSender[];
  state: RuleState | undefined;
}

const MESSAGES_PER_TURN = 16;

/** Takes over, and sends on. */
export class Egress implements WorkerTask {
  readonly #counters: Counters<EgressCounter>;
  readonly #journal: SendJournal;
  readonly #report: (report: WorkerReport) => void;
  readonly #linkEvents = openLinkEvents();
  readonly #entries = new Map<number, Entry>();
  #channel: ChannelReceiver | undefined;
  #isStopping = false;

  constructor(counters: Counters<EgressCounter>, journal: SendJournal, report: (report: WorkerReport) => void) {
    this.#counters = counters;
    this.#journal = journal;
    this.#report = report;
  }

  fds(): readonly number[] {
    return [this.#linkEvents, ...(this.#channel?.fds ?? [])];
  }

  timeoutMs(): number {
    return this.#isStopping ? 0 : -1;
  }

  turn(): void {
    if (drainSocket(this.#linkEvents)) this.#refresh();
    this.#take(MESSAGES_PER_TURN);
    // The ingress worker ends first: when its connection has, everything has come.
    if (this.#isStopping && this.#channel?.isConnected !== true) this.#end();
  }

  obey(order: WorkerOrder): void {
    if (order.order === 'start') {
      this.#channel = new ChannelReceiver(order.channelPath);
      this.#report({ report: 'started' });
    } else if (order.order === 'add') this.#add(order.rule, order.firstOutput);
    else if (order.order === 'remove') this.#remove(order.id);
    else if (order.order === 'stop') this.#isStopping = true;
  }

  #add(rule: Rule, firstOutput: number): void {
    const senders = rule.outputs
      .filter(isGroupOutput)
      .map((output, index) => new GroupSender(firstOutput + index, output, rule.ttl));
    this.#entries.set(rule.id, { senders, state: undefined });
    this.#refresh();
  }

  #take(limit: number): void {
    for (let count = 0; count < limit; count += 1) {
      const size = this.#channel?.receive();
      if (size === undefined) return;
      this.#send(size);
    }
  }

  /** The ingress worker has done so before: the last packets of the rule are in the channel. */
  #remove(id: number): void {
    this.#take(Number.POSITIVE_INFINITY);
    for (const sender of this.#entries.get(id)?.senders ?? []) sender.close();
    this.#entries.delete(id);
    this.#report({ report: 'removed', id });
  }

  #refresh(): void {
    for (const [id, entry] of this.#entries) {
      const states = entry.senders.map((sender) => sender.refresh(this.#linkEvents));
      const state = states.find((each) => each !== 'active') ?? 'active';
      if (JSON.stringify(state) === JSON.stringify(entry.state)) continue;
      entry.state = state;
      this.#report({ report: 'rule', id, state });
    }
  }

  #send(size: number): void {
    const channel = this.#channel;
    if (channel === undefined) return;
    const { ruleId, datagrams } = readChannelMessage(channel.view, size);
    this.#counters.add('channelRecv', datagrams.length);
    const entry = this.#entries.get(ruleId);
    if (entry === undefined) {
      this.#counters.add('orphaned', datagrams.length);
      return;
    }
    this.#counters.add('submitted', datagrams.length * entry.senders.length);
    for (const [index, { start, size: bytes }] of datagrams.entries())
      this.#journal.point(index, channel.address + BigInt(start), bytes);
    for (const sender of entry.senders) {
      if (sender.isOpen)
        sender.send(this.#journal, datagrams.length, (errno) => {
          this.#counters.add('refused', 1);
          this.#counters.addErrno(errno, 1);
        });
      else this.#counters.add('unavailable', datagrams.length);
    }
  }

  #end(): void {
    this.#channel?.close();
    process.exit(0);
  }
}
