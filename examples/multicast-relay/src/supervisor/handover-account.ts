interface Generation {
  /** Copies that were handed over, over connections that have ended. */
  handed: number;
  /** What the ingress worker's counter said when the connection began that has not. */
  openedAt: number | undefined;
  /** What the egress worker accounted for, until it died. */
  accounted: number | undefined;
}

/**
 * What was handed to each generation of the egress worker, and so what was lost with it. Both sides are exact: the
 * ingress worker tells its counter when a connection begins and when it has ended, and what a dead worker has sent is in
 * the memory that it left.
 */
export class HandoverAccount {
  readonly #generations = new Map<number, Generation>();

  /** @param copies of the ingress worker, so far */
  connected(generation: number, copies: number): void {
    this.#get(generation).openedAt = copies;
  }

  disconnected(generation: number, copies: number): void {
    const account = this.#get(generation);
    if (account.openedAt === undefined) return;
    account.handed += copies - account.openedAt;
    account.openedAt = undefined;
  }

  /** The ingress worker died, with that counter: its connection is no more. */
  ingressDied(copies: number): void {
    for (const generation of this.#generations.keys()) this.disconnected(generation, copies);
  }

  /** @param accounted copies that it sent, or said of that they cannot be sent */
  egressDied(generation: number, accounted: number): void {
    this.#get(generation).accounted = accounted;
  }

  /** What has died with workers. Of one whose connection has not been seen to end yet, nothing is known. */
  get lost(): number {
    let lost = 0;
    for (const { handed, openedAt, accounted } of this.#generations.values()) {
      if (accounted !== undefined && openedAt === undefined) lost += Math.max(0, handed - accounted);
    }
    return lost;
  }

  #get(number: number): Generation {
    let generation = this.#generations.get(number);
    if (generation === undefined) {
      generation = { handed: 0, openedAt: undefined, accounted: undefined };
      this.#generations.set(number, generation);
    }
    return generation;
  }
}
