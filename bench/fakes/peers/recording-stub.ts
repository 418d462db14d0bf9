/** The least that a test can write by hand: four calls that note what was asked, with no rules and no faults. */
export class RecordingStub {
  readonly operations: { readonly verb: string; readonly name: string; readonly outcome: 'ok' }[] = [];
  #lastId = 0;

  async load(spec: { readonly name: string; readonly type: 'xdp' }): Promise<{ readonly id: number; name: string }> {
    this.#record('load', spec.name);
    return { id: this.#takeId(), name: spec.name };
  }

  async attach(spec: {
    readonly type: 'xdp';
    readonly program: { readonly name: string };
    readonly ifindex: number;
  }): Promise<{ readonly id: number; readonly name: string }> {
    this.#record('attach', spec.program.name);
    return { id: this.#takeId(), name: spec.program.name };
  }

  async detach(link: { readonly name: string }): Promise<void> {
    this.#record('detach', link.name);
  }

  async unload(program: { readonly name: string }): Promise<void> {
    this.#record('unload', program.name);
  }

  #takeId(): number {
    this.#lastId += 1;
    return this.#lastId;
  }

  #record(verb: string, name: string): void {
    this.operations.push({ verb, name, outcome: 'ok' });
  }
}
