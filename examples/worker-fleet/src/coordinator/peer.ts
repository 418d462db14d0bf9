import type { Timer } from '../clock.ts';
import type { Channel } from '../connection/channel.ts';
import type { DeliveryInbox } from '../delivery/inbox.ts';
import type { Outbox } from '../delivery/outbox.ts';
import type { Role, WorkerFigures } from '../protocol/messages.ts';

/** A run of a worker or a client, over all its connections. */
export interface Peer {
  readonly stream: string;
  readonly role: Role;
  readonly name: string;
  readonly outbox: Outbox;
  readonly inbox: DeliveryInbox;
  /** Tasks that a worker does. */
  readonly running: Set<string>;
  /** How many it can do at once; known once it has connected. */
  slots: number;
  /** The number of the task that it was given last, of all that were given to anybody. */
  lastTurn: number;
  channel: Channel | undefined;
  /** Runs while a worker is away: then others get its tasks. */
  lease: Timer | undefined;
  figures: WorkerFigures | undefined;
}
