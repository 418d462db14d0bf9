import { closeSync } from 'node:fs';
import { messageOf } from '../errors.ts';
import { formatOutput, type GroupOutput } from '../rule.ts';
import { findInterface } from '../system/interfaces.ts';
import { openSender, parseIpv4, sendMessages } from '../system/udp.ts';
import type { RuleState } from '../worker/messages.ts';
import { SEND_BATCH, type SendJournal } from './send-journal.ts';

/** Told of what the kernel did not take. */
export type OnRefusal = (errno: number) => void;

/** An output of a rule: its socket, for as long as its interface is there. */
export class GroupSender {
  /** Its number in the journal. */
  readonly index: number;
  readonly output: GroupOutput;
  readonly #ttl: number;
  #fd: number | undefined;
  #interfaceIndex = 0;

  constructor(index: number, output: GroupOutput, ttl: number) {
    this.index = index;
    this.output = output;
    this.#ttl = ttl;
  }

  get isOpen(): boolean {
    return this.#fd !== undefined;
  }

  /** Looks at the interface, in the namespace of `socket`, and opens or closes as it says. */
  refresh(socket: number): RuleState {
    const { interface: device, group, port } = this.output;
    const found = findInterface(socket, device);
    if (found === undefined || !found.isUp) {
      this.close();
      return { waitingFor: `interface ${device} to ${found === undefined ? 'come' : 'be up'}` };
    }
    if (this.#fd !== undefined && this.#interfaceIndex === found.index) return 'active';
    this.close();
    try {
      this.#fd = openSender(parseIpv4(group), port, found.index, this.#ttl, `send to ${formatOutput(this.output)}`);
      this.#interfaceIndex = found.index;
      return 'active';
    } catch (error) {
      return { waitingFor: messageOf(error) };
    }
  }

  /** Sends up to {@link SEND_BATCH} datagrams that the journal was pointed to. What is refused is left out. */
  send(journal: SendJournal, count: number, onRefusal: OnRefusal): void {
    if (count > SEND_BATCH) throw new RangeError(`${count} datagrams are more than a batch of ${SEND_BATCH}`);
    if (this.#fd === undefined) throw new TypeError(`the output ${formatOutput(this.output)} is not open`);
    const headers = journal.begin(this.index);
    for (let first = 0; first < count; ) {
      const sent = sendMessages(this.#fd, headers, first, count - first);
      if (sent > 0) first += sent;
      else {
        onRefusal(-sent);
        first += 1;
      }
    }
  }

  /** Safe to call twice. */
  close(): void {
    if (this.#fd !== undefined) closeSync(this.#fd);
    this.#fd = undefined;
  }
}
