import type { OwnRules, RuleCounts } from './nft-table.js';

/** A rule of a firewall. It stands until it is removed, healed with its lab, or its namespace is gone. */
export class FirewallRule implements Disposable {
  readonly #parts: readonly OwnRules[];

  /** @internal */
  constructor(parts: readonly OwnRules[]) {
    this.#parts = parts;
  }

  /** How many packets it dropped or refused. @see counts */
  get packets(): number {
    return this.counts().packets;
  }

  /** How many bytes: of packets of IP at a host, of frames without their Ethernet header at a link. @see counts */
  get bytes(): number {
    return this.counts().bytes;
  }

  /** Whether it is over. */
  get isRemoved(): boolean {
    return this.#parts.every(({ isRemoved }) => isRemoved);
  }

  /** What it dropped or refused, as the kernel counts it; once removed, what it had. */
  counts(): RuleCounts {
    return this.#parts
      .map((part) => part.counts())
      .reduce((sum, each) => ({ packets: sum.packets + each.packets, bytes: sum.bytes + each.bytes }), {
        packets: 0,
        bytes: 0,
      });
  }

  /** Lets through again what it kept. Safe to call twice. */
  remove(): void {
    for (const part of this.#parts) part.remove();
  }

  [Symbol.dispose](): void {
    this.remove();
  }
}
