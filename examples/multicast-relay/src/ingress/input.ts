import { closeSync } from 'node:fs';
import { messageOf } from '../errors.ts';
import { formatInput, type Rule } from '../rule.ts';
import { findInterface } from '../system/interfaces.ts';
import type { ReceivedMessages } from '../system/message-batch.ts';
import { joinGroup, leaveGroup, openReceiver, parseIpv4, readSocketDrops, receiveMessages } from '../system/udp.ts';
import type { RuleState } from '../worker/messages.ts';

interface Entry {
  readonly rule: Rule;
  readonly group: number;
  /** Where it was joined; 0 when it is not. */
  interfaceIndex: number;
  state: RuleState | undefined;
}

/** The socket of a port. It gets whatever comes there; a packet is a rule's by its group and interface. */
export class Input {
  readonly fd: number;
  readonly port: number;
  readonly #entries: Entry[] = [];
  #last: Entry | undefined;

  /** @throws SystemError EADDRINUSE */
  constructor(port: number, bufferBytes: number) {
    this.port = port;
    this.fd = openReceiver(port, bufferBytes);
  }

  get isEmpty(): boolean {
    return this.#entries.length === 0;
  }

  add(rule: Rule): void {
    this.#entries.push({ rule, group: parseIpv4(rule.inputGroup), interfaceIndex: 0, state: undefined });
  }

  /** Whether it had that rule. */
  remove(id: number): boolean {
    const at = this.#entries.findIndex(({ rule }) => rule.id === id);
    const [entry] = at < 0 ? [] : this.#entries.splice(at, 1);
    if (entry === undefined) return false;
    this.#last = undefined;
    if (entry.interfaceIndex !== 0) leaveGroup(this.fd, entry.group, entry.interfaceIndex);
    return true;
  }

  /** Joins what can be joined now, and tells of every rule whose state that changed. */
  join(onState: (id: number, state: RuleState) => void): void {
    this.#last = undefined;
    for (const entry of this.#entries) {
      const state = this.#joinOne(entry);
      if (JSON.stringify(state) === JSON.stringify(entry.state)) continue;
      entry.state = state;
      onState(entry.rule.id, state);
    }
  }

  #joinOne(entry: Entry): RuleState {
    const { rule, group } = entry;
    const found = findInterface(this.fd, rule.inputInterface);
    if (found === undefined) {
      // Its memberships went with it.
      entry.interfaceIndex = 0;
      return { waitingFor: `interface ${rule.inputInterface} to come` };
    }
    if (found.index !== entry.interfaceIndex) {
      try {
        joinGroup(this.fd, group, found.index, `join ${formatInput(rule)}`);
        entry.interfaceIndex = found.index;
      } catch (error) {
        return { waitingFor: messageOf(error) };
      }
    }
    // The kernel reports the membership when the interface comes up.
    if (!found.isUp) return { waitingFor: `interface ${rule.inputInterface} to be up` };
    return found.hasCarrier ? 'active' : { waitingFor: `a carrier on interface ${rule.inputInterface}` };
  }

  receive(messages: ReceivedMessages): number {
    return receiveMessages(this.fd, messages);
  }

  /** The rule of a datagram, by where it was sent to and came in. */
  match(group: number, interfaceIndex: number): Rule | undefined {
    const last = this.#last;
    if (last !== undefined && last.group === group && last.interfaceIndex === interfaceIndex) return last.rule;
    this.#last = this.#entries.find((each) => each.group === group && each.interfaceIndex === interfaceIndex);
    return this.#last?.rule;
  }

  /** How many datagrams the kernel dropped, as they did not fit into the buffer. */
  get dropped(): number {
    return readSocketDrops(this.fd);
  }

  close(): void {
    closeSync(this.fd);
  }
}
