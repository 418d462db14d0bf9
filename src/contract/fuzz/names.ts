/** Ids of objects and indexes of devices differ from kernel to kernel; in the order they were made they are the same. */
export class Names {
  readonly #names = new Map<string, string>();
  readonly #counts = new Map<string, number>();

  /** Gives the next name of a kind to an id; one that was given before is kept for the object that has the id now. */
  assign(kind: string, id: number): string {
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    const name = `${kind}${count}`;
    this.#names.set(`${kind}:${id}`, name);
    return name;
  }

  /** The name of an id, or the id itself when nobody made it here. */
  of(kind: string, id: number): string;
  of(kind: string, id: number | undefined): string | undefined;
  of(kind: string, id: number | undefined): string | undefined {
    if (id === undefined) return undefined;
    return this.#names.get(`${kind}:${id}`) ?? (id === 0 ? `${kind}0` : `${kind}?${id}`);
  }

  has(kind: string, id: number): boolean {
    return this.#names.has(`${kind}:${id}`);
  }
}
