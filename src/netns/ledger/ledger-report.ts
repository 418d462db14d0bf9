import { formatLedger, formatLedgerAsMarkdown } from './format-report.js';

/**
 * Why packets did not arrive. Each is proven by a test that breaks exactly that; docs/ledger.md has the counters that
 * tell.
 */
export type LedgerCause =
  /** All that was sent arrived. */
  | 'conserved'
  | 'never-sent'
  | 'no-route'
  | 'wrong-route'
  | 'forwarding-off'
  | 'no-membership'
  | 'not-in-switch'
  | 'no-multicast-route'
  | 'wrong-input-interface'
  | 'reverse-path-filter'
  | 'ttl-exceeded'
  | 'interface-down'
  | 'no-carrier'
  | 'port-closed'
  | 'receive-buffer-full'
  | 'not-read'
  | 'wire-lost'
  | 'wire-dropped'
  | 'wire-over-limit'
  | 'wire-held'
  | 'wire-delayed'
  | 'qdisc-dropped'
  | 'firewall'
  | 'partition'
  | 'ingress-filter'
  | 'neighbour-unresolved'
  | 'too-big'
  | 'bad-checksum'
  | 'port-not-forwarding'
  | 'address-missing'
  | 'delivered-elsewhere'
  /** A program, or its counter does not answer. */
  | 'not-running'
  | 'stage-lost'
  | 'on-the-way'
  | 'unknown';

/**
 * Where packets are counted. `out` is behind the queue of an interface, `in` before anything of the host looks at a
 * packet, `ip` what IP is given (behind tc's filters and partitions), `socket` what was put into sockets, `read` what
 * programs have read, and `stage` a counter of a program's own.
 */
export type LedgerPoint = 'out' | 'in' | 'ip' | 'read' | 'stage';

/** A place where packets were counted. */
export interface LedgerHop {
  /** `relay:eth0`; of a stage, its name. */
  readonly name: string;
  readonly point: LedgerPoint;
  /** Of a stage, the program, if it was named. */
  readonly node: string | undefined;
  readonly interface: string | undefined;
  /** The link that the interface is an end of. */
  readonly link: string | undefined;
  /** Packets of the flow since the ledger was opened. */
  readonly packets: number;
  /** How many fewer than at the hop before. */
  readonly lost: number;
  /** The place of the hop before in `hops`; `undefined` for the first. */
  readonly parent: number | undefined;
  /** Which leg it belongs to, from 0. */
  readonly leg: number;
  /** Whether only packets of the flow were counted; what programs have read is counted by host; what a stage does not tell is not counted. */
  readonly isExact: boolean;
}

/** What was found out about a loss. */
export interface LedgerFinding {
  readonly cause: LedgerCause;
  /** Where: the name of the hop that packets did not reach, or not leave. */
  readonly at: string;
  /** The place of that hop in `hops`. */
  readonly hop: number | undefined;
  /** How many packets it explains. */
  readonly packets: number;
  /** A sentence: what happened. */
  readonly message: string;
  /** What tells: counters and what the kernel says now. */
  readonly evidence: readonly string[];
  /** What to do about it; `undefined` where nothing is to be done, or nothing is known. */
  readonly fix: string | undefined;
}

/** What became of the packets: the finding that explains most, and how it went on the whole. */
export interface LedgerVerdict extends LedgerFinding {
  /** Packets at the first hop. */
  readonly sent: number;
  /** Packets at the last one; of several receivers, the fewest. */
  readonly arrived: number;
}

/** The way to one receiver. */
export interface LedgerBranch {
  /** The receiver; of a program, its last stage. */
  readonly to: string;
  /** The places of its hops in `hops`, from the first. */
  readonly hops: readonly number[];
  readonly verdict: LedgerVerdict;
}

/** What a report is made of: plain data. */
export interface LedgerData {
  /** What was counted: `udp source → sink 10.0.0.2:5000`. */
  readonly title: string;
  /** In the order of the way; where it parts, one receiver after the other. */
  readonly hops: readonly LedgerHop[];
  readonly branches: readonly LedgerBranch[];
  /** Everything that was found, by the order of the way. Empty when all arrived. */
  readonly findings: readonly LedgerFinding[];
  readonly verdict: LedgerVerdict;
}

/**
 * Where packets went, and why some did not. Plain data, but that it can be printed.
 *
 * @example
 * ```ts
 * const report = await ledger.report();
 * expect(report.verdict.cause, String(report)).toBe('conserved');
 * ```
 */
export class LedgerReport implements LedgerData {
  readonly title: string;
  readonly hops: readonly LedgerHop[];
  readonly branches: readonly LedgerBranch[];
  readonly findings: readonly LedgerFinding[];
  readonly verdict: LedgerVerdict;

  constructor({ title, hops, branches, findings, verdict }: LedgerData) {
    this.title = title;
    this.hops = hops;
    this.branches = branches;
    this.findings = findings;
    this.verdict = verdict;
  }

  /** Whether everything that was sent arrived everywhere. */
  get isConserved(): boolean {
    return this.verdict.cause === 'conserved';
  }

  /** What each hop counted, in the order of the way: for `toConserve`. */
  stages(): readonly { readonly name: string; readonly count: number }[] {
    return this.hops.map(({ name, point, packets }) => ({
      name: point === 'stage' ? name : `${name} ${point}`,
      count: packets,
    }));
  }

  /** For people: aligned lines and the verdict. */
  toString(): string {
    return formatLedger(this);
  }

  /** A table, and the verdict. */
  toMarkdown(): string {
    return formatLedgerAsMarkdown(this);
  }
}
