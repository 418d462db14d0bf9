import { closeSync, writeSync } from 'node:fs';
import { enableCompileCache } from 'node:module';
import { resolveAddress } from '../../src/address.ts';
import { Broker, type BrokerOptions } from '../../src/broker/broker.ts';
import { Session } from '../../src/broker/session.ts';
import type { Member } from '../../src/broker/task-queue.ts';
import type { Turns } from '../../src/broker/turns.ts';
import { parseCommandLine } from '../../src/command-line.ts';
import type { FromBroker } from '../../src/protocol/messages.ts';

// A broker that is wrong on purpose: the command line of the broker, and in BROKEN which way.
enableCompileCache();

const DROPPED_EVERY = 1000;
const TWICE_AT = 100;
let deliveries = 0;

const isDelivery = ({ type }: FromBroker): boolean => type === 'task' || type === 'message';

/** Forgets one delivery in a thousand. */
class ForgetfulSession extends Session {
  override send(message: FromBroker): void {
    if (isDelivery(message)) deliveries += 1;
    if (isDelivery(message) && deliveries % DROPPED_EVERY === 0) return;
    super.send(message);
  }
}

/** Makes one delivery twice. */
class StutteringSession extends Session {
  override send(message: FromBroker): void {
    super.send(message);
    if (isDelivery(message)) deliveries += 1;
    if (isDelivery(message) && deliveries === TWICE_AT) super.send(message);
  }
}

/** Gives all it can to whoever came first. */
class UnfairTurns implements Turns<Member> {
  readonly #members = new Set<Member>();

  add(member: Member): void {
    this.#members.add(member);
  }

  delete(member: Member): void {
    this.#members.delete(member);
  }

  next(): Member | undefined {
    return [...this.#members].find(({ hasRoom }) => hasRoom);
  }
}

const WAYS: Readonly<Record<string, Partial<BrokerOptions>>> = {
  forgetful: { createSession: (...args) => new ForgetfulSession(...args) },
  stuttering: { createSession: (...args) => new StutteringSession(...args) },
  patient: { patience: Number.POSITIVE_INFINITY },
  unfair: { createTurns: () => new UnfairTurns() },
};

const command = parseCommandLine(process.argv.slice(2), process.env);
if (command.name !== 'broker') throw new TypeError('it can be nothing but a broker');
await Broker.listen({
  address: resolveAddress(command.bus),
  heartbeatMs: command.heartbeatMs,
  buffer: command.buffer,
  onFailure: (error) => {
    throw error;
  },
  ...WAYS[process.env['BROKEN'] ?? ''],
});
writeSync(3, 'ready\n');
closeSync(3);
