import { type DeliveryInbox, Inbox, type InboxSnapshot } from '../delivery/inbox.ts';
import { Outbox } from '../delivery/outbox.ts';
import type { DeliveredMessage, Role } from '../protocol/messages.ts';
import type { Peer } from './peer.ts';
import type { Store } from './store.ts';

/** Makes what knows which messages have come from one run of a worker or a client. */
export type CreateInbox = (snapshot: InboxSnapshot | undefined) => DeliveryInbox;

/** All that a coordinator talks with, whether there is a connection or not; the store has the same. */
export class Peers {
  readonly #store: Store;
  readonly #createInbox: CreateInbox;
  readonly #all = new Map<string, Peer>();
  /** From or to which something has gone since the last commit. */
  readonly #unsaved = new Set<Peer>();

  constructor(store: Store, createInbox: CreateInbox = (snapshot) => new Inbox(snapshot)) {
    this.#store = store;
    this.#createInbox = createInbox;
    for (const { stream, role, name, nextId, inbox } of store.peers()) {
      const outbox = new Outbox({ restored: store.outgoing(stream), nextId });
      this.#keep({ stream, role, name, outbox, inbox: createInbox(inbox) });
    }
    store.onCommit = () => this.#save();
  }

  find(stream: string | undefined): Peer | undefined {
    return stream === undefined ? undefined : this.#all.get(stream);
  }

  /** The runs of one program that are known: one, but for the moment in which another takes its place. */
  runsOf(role: Role, name: string): readonly Peer[] {
    return [...this.#all.values()].filter((peer) => peer.role === role && peer.name === name);
  }

  workers(): readonly Peer[] {
    return [...this.#all.values()].filter(({ role }) => role === 'worker');
  }

  /** The worker that can take the most; of several, the one that was given nothing for the longest. */
  findRoom(): Peer | undefined {
    let best: Peer | undefined;
    let mostRoom = 1;
    for (const peer of this.#all.values()) {
      const room = peer.channel === undefined ? 0 : peer.slots - peer.running.size;
      const isNext = room === mostRoom && peer.lastTurn < (best?.lastTurn ?? Number.POSITIVE_INFINITY);
      if (room > mostRoom || isNext) [best, mostRoom] = [peer, room];
    }
    return best;
  }

  add(given: Pick<Peer, 'stream' | 'role' | 'name'>): Peer {
    this.#store.addPeer(given);
    return this.#keep({ ...given, outbox: new Outbox(), inbox: this.#createInbox(undefined) });
  }

  /** It will not come back. What was to be sent to it is what is left of it. */
  remove(peer: Peer): void {
    // What waits for the commit is in no outbox before.
    this.#store.commit();
    peer.lease?.cancel();
    this.#all.delete(peer.stream);
    this.#unsaved.delete(peer);
    this.#store.removePeer(peer.stream);
  }

  /** Stores a message, and sends it then. */
  post(peer: Peer, message: DeliveredMessage, priority: number): void {
    const outgoing = peer.outbox.address(message, priority);
    this.touch(peer);
    this.#store.addOutgoing(peer.stream, outgoing);
    this.#store.afterCommit(() => {
      peer.outbox.put(outgoing);
      peer.channel?.flush();
    });
  }

  /** A message has come from it: that is stored with whatever comes of it. */
  touch(peer: Peer): void {
    this.#unsaved.add(peer);
  }

  /** Ends all connections. */
  close(reason: string): void {
    for (const { channel, lease } of this.#all.values()) {
      lease?.cancel();
      channel?.close(reason);
    }
  }

  #keep(given: Pick<Peer, 'stream' | 'role' | 'name' | 'outbox' | 'inbox'>): Peer {
    const nothing = { channel: undefined, lease: undefined, figures: undefined };
    const peer: Peer = { slots: 0, lastTurn: 0, running: new Set(), ...nothing, ...given };
    this.#all.set(peer.stream, peer);
    return peer;
  }

  #save(): void {
    for (const { stream, outbox, inbox } of this.#unsaved) {
      this.#store.savePeer(stream, outbox.nextId, inbox.snapshot());
    }
    this.#unsaved.clear();
  }
}
