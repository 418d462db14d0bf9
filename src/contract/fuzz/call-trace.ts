import type { Bpffs, Kernel } from '../../kernel/contract.js';
import type { KernelObject } from '../../kernel/objects.js';
import type { Names } from './names.js';

/** A call as it was made: for the report of a difference. */
interface TracedCall {
  readonly process: number;
  readonly method: string;
  readonly args: readonly unknown[];
}

/** What the numbers among the arguments of a method are ids of. */
const ID_ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  unload: ['prog'],
  programById: ['prog'],
  nextProgramId: ['prog'],
  detach: ['link'],
  forceDetach: ['link'],
  linkById: ['link'],
  nextLinkId: ['link'],
  updateLink: ['link', 'prog'],
  mapById: ['map'],
  nextMapId: ['map'],
};

/** What a number is that a field of an argument holds. */
const ID_FIELDS: Readonly<Record<string, string>> = {
  program: 'prog',
  expected: 'prog',
  replace: 'prog',
  link: 'link',
  ifindex: 'dev',
};

/** The calls of one command, to be shown as TypeScript with the names of things in the place of handles and ids. */
export class CallTrace {
  #calls: TracedCall[] = [];

  /** Forgets what was called so far. */
  begin(): void {
    this.#calls = [];
  }

  note(process: number, method: string, args: readonly unknown[]): void {
    this.#calls.push({ process, method, args });
  }

  /** The same kernel, whose calls are noted. */
  watch(kernel: Kernel, process: number): Kernel {
    const bpffs = this.#watch<Bpffs>(kernel.bpffs, process, 'bpffs.');
    return this.#watch(kernel, process, '', { bpffs });
  }

  #watch<T extends object>(target: T, process: number, prefix: string, instead: Partial<T> = {}): T {
    return new Proxy(target, {
      get: (_target, key) => {
        if (key in instead) return Reflect.get(instead, key);
        const value: unknown = Reflect.get(target, key, target);
        if (typeof value !== 'function') return value;
        return (...args: unknown[]): unknown => {
          this.note(process, `${prefix}${String(key)}`, args);
          return Reflect.apply(value, target, args);
        };
      },
    });
  }

  /** A line for each call. `hide` takes out of texts what differs from world to world. */
  describe(names: Names, hide: (text: string) => string): readonly string[] {
    return this.#calls.map(({ process, method, args }) => {
      const shown = args.map((arg, index) => show(arg, ID_ARGUMENTS[method]?.[index], names, hide));
      return `${process === 0 ? '' : `process ${process + 1}: `}${method}(${shown.join(', ')})`;
    });
  }
}

function show(value: unknown, idKind: string | undefined, names: Names, hide: (text: string) => string): string {
  if (typeof value === 'number') return idKind === undefined ? String(value) : showId(idKind, value, names);
  if (typeof value === 'string') return `'${hide(value)}'`;
  if (value instanceof Uint8Array) return value.length > 16 ? `${value.length} bytes` : `[${[...value].join(' ')}]`;
  if (Array.isArray(value)) return `[${value.map((each) => show(each, undefined, names, hide)).join(', ')}]`;
  if (isObject(value)) return `${names.of(shortKind(value.kind), value.id)}${value.closed ? ' (closed)' : ''}`;
  if (typeof value !== 'object' || value === null) return String(value);
  const fields = Object.entries(value).filter(([, each]) => each !== undefined);
  const shown = fields.map(([key, each]) => {
    const inner = show(each, ID_FIELDS[key], names, hide);
    return `${key}: ${inner}`;
  });
  return shown.length === 0 ? '{}' : `{ ${shown.join(', ')} }`;
}

/** A device is always named by its number; of an object it is worth telling. */
function showId(kind: string, id: number, names: Names): string {
  const name = names.of(kind, id) ?? String(id);
  return kind === 'dev' ? name : `id of ${name}`;
}

/** The short name of a kind of object, as it is named in reports. */
export function shortKind(kind: KernelObject['kind']): string {
  return kind === 'program' ? 'prog' : kind;
}

function isObject(value: unknown): value is KernelObject {
  return typeof value === 'object' && value !== null && 'closed' in value && 'id' in value && 'kind' in value;
}
