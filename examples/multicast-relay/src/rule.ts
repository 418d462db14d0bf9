/** Where packets of a rule go: a group, or nowhere. */
export type Output = GroupOutput | 'devnull';

/** A group that packets are sent on to, from an interface. */
export interface GroupOutput {
  readonly group: string;
  readonly port: number;
  readonly interface: string;
}

/** What is to be relayed, and where to. */
export interface RuleSpec {
  readonly inputInterface: string;
  readonly inputGroup: string;
  readonly inputPort: number;
  readonly outputs: readonly Output[];
  /** How many routers a packet may pass on its way out, and one. */
  readonly ttl: number;
}

/** A rule that is in force. */
export interface Rule extends RuleSpec {
  /** From 1; none comes twice in the life of a relay. */
  readonly id: number;
}

export function isGroupOutput(output: Output): output is GroupOutput {
  return output !== 'devnull';
}

/** `239.2.2.2:6000:eth1`, or `devnull`. */
export function formatOutput(output: Output): string {
  return isGroupOutput(output) ? `${output.group}:${output.port}:${output.interface}` : output;
}

/** `239.1.1.1:5000:eth0`. */
export function formatInput(rule: RuleSpec): string {
  return `${rule.inputGroup}:${rule.inputPort}:${rule.inputInterface}`;
}

/** Whether two rules want the same packets. */
export function haveSameInput(a: RuleSpec, b: RuleSpec): boolean {
  return formatInput(a) === formatInput(b);
}
