import type { ChannelOptions } from '../channel/channel-sender.ts';
import type { Rule } from '../rule.ts';

/** What the supervisor tells a worker, one line of JSON each. */
export type WorkerOrder =
  | {
      readonly order: 'start';
      readonly receiveBufferBytes: number;
      readonly channel: ChannelOptions;
      /** Where the egress worker is to listen. */
      readonly channelPath: string;
    }
  /** To the ingress worker: an egress worker listens there. */
  | { readonly order: 'connect'; readonly path: string; readonly generation: number }
  | { readonly order: 'add'; readonly rule: Rule; readonly firstOutput: number }
  | { readonly order: 'remove'; readonly id: number }
  /** The worker does what it has begun, and ends. */
  | { readonly order: 'stop' };

/** What a worker tells the supervisor. */
export type WorkerReport =
  | { readonly report: 'started' }
  /** A rule was added, or its state has changed. */
  | { readonly report: 'rule'; readonly id: number; readonly state: RuleState }
  | { readonly report: 'removed'; readonly id: number }
  /** The channel: connected to a generation of the egress worker, or not, and then why. */
  | {
      readonly report: 'channel';
      readonly generation: number;
      readonly connected: boolean;
      readonly reason: string;
      /** What is to become of all that was handed over until now. */
      readonly copies: number;
    }
  | { readonly report: 'problem'; readonly message: string };

/** Whether what a worker does for a rule can be done; `active` when it can, else why not. */
export type RuleState = 'active' | { readonly waitingFor: string };
