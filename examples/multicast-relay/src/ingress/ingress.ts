import { ChannelMessageWriter } from '../channel/channel-message.ts';
import { ChannelSender } from '../channel/channel-sender.ts';
import { messageOf } from '../errors.ts';
import { isGroupOutput, type Rule } from '../rule.ts';
import { openLinkEvents } from '../system/interfaces.ts';
import { ReceivedMessages } from '../system/message-batch.ts';
import { drainSocket } from '../system/udp.ts';
import type { Counters, IngressCounter } from '../worker/counters.ts';
import type { WorkerOrder, WorkerReport } from '../worker/messages.ts';
import type { WorkerTask } from '../worker/worker-loop.ts';
import { Input } from './input.ts';

type StartOrder = Extract<WorkerOrder, { order: 'start' }>;
type ConnectOrder = Extract<WorkerOrder, { order: 'connect' }>;

const BATCH = 64;
/** How many batches a turn takes from a socket before others have theirs. */
const BATCHES_PER_TURN = 16;
const [FIRST_RETRY_MS, LAST_RETRY_MS] = [5, 500];

/** Receives, matches, and hands over. */
export class Ingress implements WorkerTask {
  readonly #counters: Counters<IngressCounter>;
  readonly #report: (report: WorkerReport) => void;
  readonly #linkEvents = openLinkEvents();
  readonly #inputs = new Map<number, Input>();
  readonly #messages = new ReceivedMessages(BATCH);
  readonly #outgoing = new ChannelMessageWriter();
  #start: StartOrder | undefined;
  #channel: ChannelSender | undefined;
  #wanted: ConnectOrder | undefined;
  /** Of the egress worker that was connected to last. */
  #generation = 0;
  #retryMs = FIRST_RETRY_MS;
  #droppedBefore = 0;

  constructor(counters: Counters<IngressCounter>, report: (report: WorkerReport) => void) {
    this.#counters = counters;
    this.#report = report;
  }

  fds(): readonly number[] {
    return [this.#linkEvents, ...(this.#channel?.fds ?? []), ...[...this.#inputs.values()].map(({ fd }) => fd)];
  }

  timeoutMs(): number {
    return this.#wanted !== undefined && this.#channel?.isConnected === false ? this.#retryMs : -1;
  }

  turn(): void {
    if (drainSocket(this.#linkEvents)) this.#join();
    this.#channel?.checkPeer();
    if (this.timeoutMs() >= 0) this.#connect();
    for (const input of this.#inputs.values()) this.#take(input);
    this.#countDrops();
  }

  obey(order: WorkerOrder): void {
    if (order.order === 'start') this.#begin(order);
    else if (order.order === 'connect') {
      this.#wanted = order;
      this.#retryMs = FIRST_RETRY_MS;
      this.#connect();
    } else if (order.order === 'add') this.#add(order.rule);
    else if (order.order === 'remove') this.#remove(order.id);
    else this.#stop();
  }

  #begin(order: StartOrder): void {
    this.#start = order;
    this.#channel = new ChannelSender(order.channel, {
      onWait: () => this.#counters.add('channelWaits', 1),
      onBreak: (reason) => this.#reportChannel(false, reason),
    });
    this.#report({ report: 'started' });
  }

  #connect(): void {
    if (this.#wanted === undefined || this.#channel === undefined) return;
    if (this.#channel.isConnected) this.#reportChannel(false, 'another egress worker has taken over');
    this.#generation = this.#wanted.generation;
    const reason = this.#channel.connect(this.#wanted.path);
    if (reason !== undefined) this.#retryMs = Math.min(this.#retryMs * 2, LAST_RETRY_MS);
    this.#reportChannel(reason === undefined, reason ?? '');
  }

  #reportChannel(connected: boolean, reason: string): void {
    const copies = this.#counters.get('egressCopies');
    this.#report({ report: 'channel', generation: this.#generation, connected, reason, copies });
  }

  #add(rule: Rule): void {
    try {
      let input = this.#inputs.get(rule.inputPort);
      if (input === undefined) {
        input = new Input(rule.inputPort, this.#start?.receiveBufferBytes ?? 0);
        this.#inputs.set(rule.inputPort, input);
      }
      input.add(rule);
      this.#join();
    } catch (error) {
      this.#report({ report: 'rule', id: rule.id, state: { waitingFor: messageOf(error) } });
    }
  }

  #remove(id: number): void {
    for (const input of this.#inputs.values()) {
      if (!input.remove(id) || !input.isEmpty) continue;
      this.#take(input);
      this.#droppedBefore += input.dropped;
      input.close();
      this.#inputs.delete(input.port);
    }
    this.#report({ report: 'removed', id });
  }

  #join(): void {
    for (const input of this.#inputs.values()) input.join((id, state) => this.#report({ report: 'rule', id, state }));
  }

  #take(input: Input): void {
    for (let batch = 0; batch < BATCHES_PER_TURN; batch += 1) {
      const count = input.receive(this.#messages);
      if (count === 0) return;
      this.#counters.add('recv', count);
      this.#sort(input, count);
      this.#messages.prepare(count);
      if (count < BATCH) return;
    }
  }

  /** Hands every run of datagrams of one rule over. */
  #sort(input: Input, count: number): void {
    const messages = this.#messages;
    let run: Rule | undefined;
    let matched = 0;
    for (let index = 0; index < count; index += 1) {
      const rule = messages.isTruncated(index)
        ? undefined
        : input.match(messages.destination(index), messages.interfaceIndex(index));
      if (rule === undefined) continue;
      matched += 1;
      if (rule !== run || this.#outgoing.isFull) {
        this.#handOver(run);
        this.#outgoing.begin(rule.id);
        run = rule;
      }
      this.#outgoing.add(messages.bytes, messages.start(index), messages.size(index));
    }
    this.#counters.add('matched', matched);
    this.#counters.add('foreign', count - matched);
    this.#handOver(run);
  }

  #handOver(rule: Rule | undefined): void {
    const { count } = this.#outgoing;
    if (rule === undefined || count === 0 || this.#channel === undefined) return;
    const groups = rule.outputs.filter(isGroupOutput).length;
    if (groups < rule.outputs.length) this.#counters.add('discarded', count);
    if (groups === 0) return;
    const result = this.#channel.send(this.#outgoing);
    if (result === 'full') this.#counters.add('droppedChannelFull', count);
    else if (result === 'not-connected') this.#counters.add('droppedNotConnected', count);
    else {
      this.#counters.add('egressSent', count);
      this.#counters.add('egressCopies', count * groups);
    }
  }

  #countDrops(): void {
    let dropped = this.#droppedBefore;
    for (const input of this.#inputs.values()) dropped += input.dropped;
    this.#counters.set('droppedReceiveBuffer', dropped);
  }

  /** What has come is handed over, and nothing more is taken. */
  #stop(): void {
    for (const input of this.#inputs.values()) this.#take(input);
    this.#countDrops();
    this.#channel?.close();
    process.exit(0);
  }
}
