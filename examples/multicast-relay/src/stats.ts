/** What became of the packets, stage by stage, since the relay was started; workers that have died are in it. */
export interface RelayStats {
  readonly ingress: {
    /** Datagrams that came out of the sockets. */
    readonly recv: number;
    /** Those of a rule; `matched + foreign = recv`. */
    readonly matched: number;
    readonly foreign: number;
    /** Handed to the channel; `egressSent + discarded + dropped.channelFull + dropped.notConnected >= matched`. */
    readonly egressSent: number;
    /** Dropped on purpose, by the output `devnull`. */
    readonly discarded: number;
    readonly dropped: {
      readonly channelFull: number;
      readonly notConnected: number;
      /** Never seen by the ingress worker, by the kernel's own account; these are not in `recv`. */
      readonly receiveBuffer: number;
    };
    /** How often a full channel was waited for. */
    readonly channelWaits: number;
  };
  readonly egress: {
    /** Datagrams that came out of the channel. */
    readonly channelRecv: number;
    /** Of a rule that is no more. */
    readonly orphaned: number;
    /** Copies that were to be sent, one for each output. */
    readonly submitted: number;
    /** Copies that the kernel took. */
    readonly sent: number;
    /** Copies that it did not take, by error: `{ ENETUNREACH: 3 }`. */
    readonly refused: Readonly<Record<string, number>>;
    /** Copies whose interface is not there. */
    readonly unavailable: number;
  };
  readonly supervisor: {
    /** Copies that were with an egress worker when it died, and that nobody will send. */
    readonly lost: number;
    readonly restarts: { readonly ingress: number; readonly egress: number };
  };
  readonly channel: { readonly connected: boolean; readonly reason: string };
  readonly workers: { readonly ingress: WorkerStatus; readonly egress: WorkerStatus };
  readonly rules: readonly RuleStats[];
}

/** A worker, as the supervisor sees it. */
export interface WorkerStatus {
  readonly state: 'running' | 'starting' | 'restarting' | 'not started' | 'stopped';
  readonly pid: number | undefined;
  /** How the last one ended: `killed by SIGKILL`. Empty when none has. */
  readonly lastExit: string;
}

/** A rule, and what was sent for it. */
export interface RuleStats {
  readonly id: number;
  readonly input: string;
  /** `active`, or what it waits for. */
  readonly state: string;
  readonly outputs: readonly { readonly output: string; readonly sent: number }[];
}
