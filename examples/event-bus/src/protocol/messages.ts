import type { BusErrorCode } from '../errors.ts';

/** Of this protocol; a broker refuses any other. */
export const PROTOCOL = 1;

/** A piece of work, as it is asked for. */
export interface TaskSpec {
  /** Unique for all time: the same id sent again is the same task, which is not done twice. */
  readonly id: string;
  readonly topic: string;
  readonly payload: unknown;
  /** The one collector that may do it. */
  readonly to?: string;
}

/** What a collector made of a task. */
export type Effect =
  | { readonly ok: true; readonly payload: unknown }
  | { readonly ok: false; readonly message: string };

/** What became of a task, as whoever asked for it is told. */
export type Outcome =
  | {
      readonly ok: true;
      readonly payload: unknown;
      /** The collector that did it. */
      readonly by: string;
      /** Collectors that had it before, and were lost. */
      readonly lost: readonly string[];
    }
  | { readonly ok: false; readonly code: BusErrorCode; readonly message: string; readonly by?: string };

/** A task that was not taken on: it has no outcome but this. */
export interface Refusal {
  readonly task: string;
  readonly code: BusErrorCode;
  readonly message: string;
}

/** What a broker hears. */
export type ToBroker =
  | { readonly type: 'hello'; readonly protocol: number; readonly name: string }
  | { readonly type: 'heartbeat' }
  | { readonly type: 'join'; readonly topic: string; readonly window: number }
  | { readonly type: 'submit'; readonly batch: number; readonly tasks: readonly TaskSpec[] }
  | { readonly type: 'effect'; readonly task: string; readonly lease: number; readonly effect: Effect }
  | { readonly type: 'settle'; readonly tasks: readonly string[] }
  | { readonly type: 'publish'; readonly topic: string; readonly payload: unknown }
  | {
      readonly type: 'subscribe';
      readonly subscription: number;
      readonly pattern: string;
      /** One of a group gets each message, in turn. */
      readonly group?: string;
    }
  | { readonly type: 'unsubscribe'; readonly subscription: number }
  | { readonly type: 'ask'; readonly question: number };

/** What a broker says. */
export type FromBroker =
  | { readonly type: 'welcome'; readonly heartbeatMs: number }
  | { readonly type: 'heartbeat' }
  | { readonly type: 'joined'; readonly topic: string }
  /** Every task of a batch was taken on, but for these. */
  | { readonly type: 'decided'; readonly batch: number; readonly refused: readonly Refusal[] }
  | {
      readonly type: 'task';
      readonly task: string;
      readonly topic: string;
      readonly payload: unknown;
      /** Of this assignment: an effect counts only while the task is leased to the one that had it done. */
      readonly lease: number;
    }
  | { readonly type: 'outcome'; readonly task: string; readonly outcome: Outcome }
  | { readonly type: 'subscribed'; readonly subscription: number }
  | { readonly type: 'message'; readonly subscription: number; readonly topic: string; readonly payload: unknown }
  | { readonly type: 'answer'; readonly question: number; readonly stats: BrokerStats }
  | { readonly type: 'error'; readonly code: BusErrorCode; readonly message: string };

/** One collector in the group of a topic. */
export interface MemberStats {
  readonly name: string;
  /** What it has now. */
  readonly held: number;
  /** What it was given since it joined. */
  readonly given: number;
  readonly done: number;
  readonly state: 'present' | 'lost';
}

export interface TopicStats {
  readonly waiting: number;
  /** Of publishers that wait for room. */
  readonly blocked: number;
  readonly members: readonly MemberStats[];
}

/** A broker's account, since it was started. */
export interface BrokerStats {
  readonly pid: number;
  readonly sessions: number;
  readonly topics: Readonly<Record<string, TopicStats>>;
  readonly tasks: {
    readonly accepted: number;
    /** Found in the store at the start. */
    readonly recovered: number;
    readonly done: number;
    readonly dropped: number;
    readonly refused: number;
    /** Given to another, for the one that had it was lost. */
    readonly failedOver: number;
    /** Effects that came too late, of tasks that others had by then. */
    readonly lateEffects: number;
    /** Outcomes that nobody has taken yet. */
    readonly unsettled: number;
  };
  readonly messages: { readonly published: number; readonly delivered: number; readonly dropped: number };
}
