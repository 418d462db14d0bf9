import type { ErrnoName } from '../../../core/errno.js';
import { refuse } from '../../../kernel/refuse.js';
import type { LinkObject, ProgramObject } from '../objects/kernel-objects.js';
import type { LinkHook } from './link-hook.js';

/** The trampolines of the kernel's functions, which fentry, fexit and LSM programs hang on: kernel/bpf/trampoline.c. */
export class Trampolines {
  readonly #limit: number;
  readonly #byFunction = new Map<string, Trampoline>();

  /** @param limit - how many programs one takes, over all kinds together (BPF_MAX_TRAMP_LINKS) */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** @throws KernelError EBUSY when the program is there already, E2BIG when the trampoline is full */
  attach(link: LinkObject, functionName: string): Trampoline {
    let trampoline = this.#byFunction.get(functionName);
    if (trampoline === undefined) {
      trampoline = new Trampoline(functionName, (empty) => this.#byFunction.delete(empty));
      this.#byFunction.set(functionName, trampoline);
    }
    trampoline.attach(link, this.#limit);
    return trampoline;
  }

  clear(): void {
    this.#byFunction.clear();
  }
}

/** What hangs on one function. */
class Trampoline implements LinkHook {
  readonly ifindex = undefined;
  readonly netns = undefined;
  readonly #functionName: string;
  readonly #links: LinkObject[] = [];
  readonly #forget: (functionName: string) => void;

  constructor(functionName: string, forget: (functionName: string) => void) {
    this.#functionName = functionName;
    this.#forget = forget;
  }

  /** __bpf_trampoline_link_prog: full comes before already there. */
  attach(link: LinkObject, limit: number): void {
    const action = `attach program "${link.program.name}" to function ${this.#functionName}`;
    if (this.#links.length >= limit) {
      refuse(
        'E2BIG',
        'bpf(BPF_LINK_CREATE)',
        action,
        `Its trampoline holds ${limit} programs, over fentry, fexit and LSM together`,
      );
    }
    if (this.#links.some((other) => other.program === link.program)) {
      refuse('EBUSY', 'bpf(BPF_LINK_CREATE)', action, 'The program is attached there already');
    }
    this.#links.push(link);
  }

  release(link: LinkObject): void {
    const index = this.#links.indexOf(link);
    if (index >= 0) this.#links.splice(index, 1);
    if (this.#links.length === 0) this.#forget(this.#functionName);
  }

  replace(link: LinkObject): never {
    return refuseUpdate(link);
  }
}

/** The place of one function of a program, which an extension program takes (`tr->extension_prog`). */
export class ExtensionSlot implements LinkHook {
  readonly ifindex = undefined;
  readonly netns = undefined;
  readonly #program: ProgramObject;
  readonly #functionName: string;

  constructor(program: ProgramObject, functionName: string) {
    this.#program = program;
    this.#functionName = functionName;
  }

  /** @throws KernelError EBUSY when the function is replaced already, or `forbidTailCalls` and it is in a prog_array */
  attach(link: LinkObject, forbidTailCalls: boolean): void {
    const program = this.#program;
    if (program.extensions?.has(this.#functionName) === true) {
      this.#refuse('EBUSY', link, `${this.#functionName} is replaced by another extension`);
    }
    if (forbidTailCalls && program.arrayMemberships > 0) {
      this.#refuse('EBUSY', link, `"${program.name}" is in a prog_array`);
    }
    program.extensions ??= new Map();
    program.extensions.set(this.#functionName, link);
  }

  release(link: LinkObject): void {
    if (this.#program.extensions?.get(this.#functionName) === link) this.#program.extensions.delete(this.#functionName);
  }

  replace(link: LinkObject): never {
    return refuseUpdate(link);
  }

  #refuse(code: ErrnoName, link: LinkObject, hint: string): never {
    const action = `attach extension "${link.program.name}" to ${this.#functionName} of program "${this.#program.name}"`;
    refuse(code, 'bpf(BPF_LINK_CREATE)', action, hint);
  }
}

/** kernel/bpf/syscall.c, link_update: a kind of link without `update_prog`. */
export function refuseUpdate(link: LinkObject): never {
  return refuse(
    'EINVAL',
    'bpf(BPF_LINK_UPDATE)',
    `update link ${link.id}`,
    `Links of type ${link.type} cannot be updated`,
  );
}
