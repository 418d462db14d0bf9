import { refuse } from '../../../kernel/refuse.js';
import type { LinkObject } from '../objects/kernel-objects.js';
import type { LinkHook } from './link-hook.js';
import { refuseUpdate } from './trampolines.js';

/** BPF_TRACE_MAX_PROGS: kernel/trace/bpf_trace.c. */
const MAX_PROGRAMS = 64;

/** The tracepoints with programs on them. All perf events on one tracepoint share its list of programs. */
export class Tracepoints {
  readonly #byName = new Map<string, TraceEvent>();

  /** @throws KernelError E2BIG, EEXIST */
  attach(link: LinkObject, name: string): TraceEvent {
    let event = this.#byName.get(name);
    if (event === undefined) {
      event = new TraceEvent(name, (empty) => this.#byName.delete(empty));
      this.#byName.set(name, event);
    }
    event.attach(link);
    return event;
  }

  clear(): void {
    this.#byName.clear();
  }
}

/**
 * The list of programs of one trace event (`tp_event->prog_array`). A kprobe or uprobe gets one of its own with each
 * perf_event_open (kernel/trace/trace_kprobe.c, create_local_trace_kprobe), so there the same program fits again.
 */
export class TraceEvent implements LinkHook {
  readonly ifindex = undefined;
  readonly netns = undefined;
  readonly #name: string;
  readonly #links: LinkObject[] = [];
  readonly #forget: ((name: string) => void) | undefined;

  constructor(name: string, forget?: (name: string) => void) {
    this.#name = name;
    this.#forget = forget;
  }

  /** perf_event_attach_bpf_prog: full comes before already there. */
  attach(link: LinkObject): void {
    const action = `attach program "${link.program.name}" to ${this.#name}`;
    if (this.#links.length >= MAX_PROGRAMS) {
      refuse('E2BIG', 'bpf(BPF_LINK_CREATE)', action, `An event takes ${MAX_PROGRAMS} programs`);
    }
    if (this.#links.some((other) => other.program === link.program)) {
      refuse('EEXIST', 'bpf(BPF_LINK_CREATE)', action, 'The program is on that event already');
    }
    this.#links.push(link);
  }

  release(link: LinkObject): void {
    const index = this.#links.indexOf(link);
    if (index >= 0) this.#links.splice(index, 1);
    if (this.#links.length === 0) this.#forget?.(this.#name);
  }

  replace(link: LinkObject): never {
    return refuseUpdate(link);
  }
}
