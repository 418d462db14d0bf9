/** What a scenario has to know of a process to follow it; a `Process` of glovebox/process is one, and a `Container`, too. */
export interface ActorProcess {
  readonly pid: number;
  /** Resolves when this run of it has ended; another promise after a restart. */
  readonly exit: Promise<{ readonly code: number | undefined; readonly signal?: string | undefined }>;
  /** The last lines that it wrote, for whoever is told of its end. @defaultValue nothing is told of them */
  readonly logs?: { tail(count: number): readonly string[] };
}

/** What is told of an actor. */
export interface ActorOptions {
  /** Actors of one kind are compared with each other: `worker`, `coordinator`. @defaultValue `actor` */
  readonly kind?: string;
  /** Its process; when that ends and nobody in the scenario ended it, it is a problem. */
  readonly process?: ActorProcess;
  /** It may end by itself at any time. @defaultValue false */
  readonly mayExit?: boolean;
  /** Its own figures, asked once, when the load is over and before anything is torn down. */
  readonly totals?: () => Readonly<Record<string, number>> | Promise<Readonly<Record<string, number>>>;
}

/** An actor, as a scenario keeps it. */
export interface Actor {
  readonly name: string;
  readonly kind: string;
  /** It is there again, for an actor without a process. Does nothing while it is there. */
  markStarted(): void;
  /** It is gone, for an actor without a process; `end` says how, in words. Does nothing while it is gone. */
  markEnded(end?: string): void;
  /**
   * Its process may end, from now until what is returned is called: something ends it on purpose.
   *
   * @returns takes that back; safe to call twice
   */
  expectExit(): () => void;
}
