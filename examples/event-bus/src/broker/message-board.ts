import type { BrokerStats } from '../protocol/messages.ts';
import { checkTopic, compilePattern } from '../protocol/topics.ts';
import type { Session } from './session.ts';
import { FairTurns, type Taker } from './turns.ts';

/** What a subscriber may be behind before messages for it are dropped, in bytes. */
const MAX_PENDING_BYTES = 4 * 1024 * 1024;

class Subscriber implements Taker {
  readonly session: Session;
  readonly subscription: number;
  readonly matches: (topic: string) => boolean;

  constructor(session: Session, subscription: number, pattern: string) {
    this.session = session;
    this.subscription = subscription;
    this.matches = compilePattern(pattern);
  }

  readonly isStuck = true;

  get hasRoom(): boolean {
    return !this.session.isLost && this.session.pendingBytes < MAX_PENDING_BYTES;
  }
}

/** Subscribers of which one gets each message, in turn. */
class Group {
  readonly members = new Set<Subscriber>();
  readonly turns = new FairTurns<Subscriber>();
}

/** Messages to all who want to hear of a topic. They are for those who are there: nothing is kept. */
export class MessageBoard {
  readonly #everybody = new Set<Subscriber>();
  /** By their names and patterns. */
  readonly #groups = new Map<string, Group>();
  readonly #counts = { published: 0, delivered: 0, dropped: 0 };

  stats(): BrokerStats['messages'] {
    return { ...this.#counts };
  }

  subscribe(session: Session, subscription: number, pattern: string, groupName: string | undefined): void {
    const subscriber = new Subscriber(session, subscription, pattern);
    if (groupName === undefined) {
      this.#everybody.add(subscriber);
      return;
    }
    const key = `${groupName} ${pattern}`;
    const group = this.#groups.get(key) ?? new Group();
    this.#groups.set(key, group);
    group.members.add(subscriber);
    group.turns.add(subscriber);
  }

  /** @param subscription all of a session's by default */
  unsubscribe(session: Session, subscription?: number): void {
    const isMeant = (each: Subscriber): boolean =>
      each.session === session && (subscription === undefined || each.subscription === subscription);
    for (const each of this.#everybody) if (isMeant(each)) this.#everybody.delete(each);
    for (const [key, { members, turns }] of this.#groups) {
      for (const each of members) {
        if (!isMeant(each)) continue;
        members.delete(each);
        turns.delete(each);
      }
      if (members.size === 0) this.#groups.delete(key);
    }
  }

  publish(topic: string, payload: unknown): void {
    checkTopic(topic);
    this.#counts.published += 1;
    for (const subscriber of this.#everybody) if (subscriber.matches(topic)) this.#deliver(subscriber, topic, payload);
    for (const { members, turns } of this.#groups.values()) {
      const [any] = members;
      if (any?.matches(topic) !== true) continue;
      const next = turns.next();
      if (next === undefined) this.#counts.dropped += 1;
      else this.#deliver(next, topic, payload);
    }
  }

  #deliver(to: Subscriber, topic: string, payload: unknown): void {
    if (!to.hasRoom) {
      this.#counts.dropped += 1;
      return;
    }
    this.#counts.delivered += 1;
    to.session.send({ type: 'message', subscription: to.subscription, topic, payload });
  }
}
