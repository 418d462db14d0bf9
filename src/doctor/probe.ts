import type { Machine } from './machine.js';

/** A rung of the ladder of realities, from nothing real to a kernel of its own. */
export type RungId = 'fake' | 'netns' | 'container' | 'vm';

/** `limited`: it works, with the restriction that the evidence tells of. */
export type Status = 'ok' | 'limited' | 'missing';

/** What would mend something. */
export interface Fix {
  /** The exact command, where there is one that does it. */
  readonly command?: string;
  /** What the command does; without a command, what to do instead, or that nothing on this machine can help. */
  readonly text: string;
}

/** What a probe found. */
export interface Finding {
  readonly status: Status;
  /** What was tried and what was seen. */
  readonly evidence: string;
  /** There for everything that is not ok. */
  readonly fix?: Fix;
}

/** One question to the machine, and how to ask it. */
export interface Probe {
  /** What `--require` and the JSON call it: `tcx`. Never the name of a rung. */
  readonly id: string;
  readonly title: string;
  readonly rung: RungId;
  /** The heading it stands under, within its rung. */
  readonly group: string;
  /**
   * Whether it waits for something, such as a process. Probes that do not wait run first, one by one; those that do
   * run after them, beside each other.
   *
   * @defaultValue false
   */
  readonly waits?: boolean;
  /**
   * Whether root of a user namespace may do what it tries. For an ordinary user it is then tried in one.
   *
   * @defaultValue false
   */
  readonly rootless?: boolean;
  /**
   * Whether it can be asked on any platform. All others are missing where there is no Linux.
   *
   * @defaultValue false
   */
  readonly anywhere?: boolean;
  /** Asks. It leaves nothing behind; an exception means that it is missing. */
  readonly run: (machine: Machine) => Finding | Promise<Finding>;
}

/** It works, and this was seen. */
export function ok(evidence: string): Finding {
  return { status: 'ok', evidence };
}

/** It works, with a restriction. */
export function limited(evidence: string, fix: Fix): Finding {
  return { status: 'limited', evidence, fix };
}

/** It does not work, and this is what would help. */
export function missing(evidence: string, fix: Fix): Finding {
  return { status: 'missing', evidence, fix };
}
