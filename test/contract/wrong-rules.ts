import { fakeDriver } from '../../src/contract/drivers/fake-driver.js';
import type { ContractDriver, ContractProcess, ContractWorld } from '../../src/contract/world.js';
import { errnoOf, KernelError } from '../../src/core/kernel-error.js';
import type { Kernel } from '../../src/kernel/contract.js';
import type { LinkInfo } from '../../src/kernel/objects.js';

/** What a kernel with a wrong rule answers in the place of the right one. */
type Changes = { readonly [M in keyof Kernel]?: Kernel[M] };

/** A rule of Linux, made wrong on purpose. */
export interface WrongRule {
  readonly title: string;
  /** What is wrong: `kernel` is the process that is asked, `first` one that may do everything. */
  readonly change: (kernel: Kernel, world: ContractWorld, memory: Memory) => Changes;
  /** What is wrong of the world around the kernel. */
  readonly changeWorld?: (world: ContractWorld, memory: Memory) => Partial<ContractWorld>;
}

/** What a wrong kernel remembers of its links. */
interface Memory {
  readonly links: Map<number, LinkInfo>;
  /** Of devices that are gone. */
  readonly orphans: Set<number>;
}

const SWAPPED = { before: 'after', after: 'before' } as const;

/** A rule that is dropped: what is refused for one reason is done all the same. */
async function unless<T>(code: string, call: Promise<T>, instead: (error: KernelError) => Promise<T>): Promise<T> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof KernelError && errnoOf(error) === code) return instead(error);
    throw error;
  }
}

async function answer(code: 'EEXIST' | 'EBUSY' | 'EACCES' | 'ENOENT'): Promise<never> {
  throw new KernelError(code, { syscall: 'bpf', action: 'be wrong on purpose' });
}

const done = async (): Promise<void> => undefined;

/** Each is one that a person could write. */
export const WRONG_RULES: readonly WrongRule[] = [
  {
    title: 'the order of a TCX hook is reversed',
    change: (kernel) => ({
      queryTcx: async (hook, options) => {
        const seen = await kernel.queryTcx(hook, options);
        return { ...seen, programs: seen.programs.toReversed() };
      },
    }),
  },
  {
    title: 'before and after are mixed up',
    change: (kernel) => ({
      attach: (spec) =>
        kernel.attach(spec.type === 'tcx' && spec.order !== undefined ? { ...spec, order: SWAPPED[spec.order] } : spec),
    }),
  },
  {
    title: 'an XDP link takes the place of another instead of EBUSY',
    change: (kernel, { kernel: first }) => ({
      attach: (spec) =>
        unless('EBUSY', kernel.attach(spec), async (error) => {
          if (spec.type !== 'xdp') throw error;
          const { linkId } = await first.queryXdp(spec);
          if (linkId === undefined) throw error;
          await first.forceDetach(linkId);
          return kernel.attach(spec);
        }),
    }),
  },
  {
    title: 'a program by netlink over a link is nothing instead of EBUSY',
    change: (kernel) => ({ setXdp: (spec) => unless('EBUSY', kernel.setXdp(spec), done) }),
  },
  {
    title: 'native over generic XDP is EBUSY instead of EEXIST',
    change: (kernel) => ({ setXdp: (spec) => unless('EEXIST', kernel.setXdp(spec), () => answer('EBUSY')) }),
  },
  {
    title: 'the revision of a TCX hook stays 1',
    change: (kernel) => ({
      queryTcx: async (hook, options) => ({ ...(await kernel.queryTcx(hook, options)), revision: 1 }),
    }),
  },
  {
    title: 'a program may be on a TCX hook twice: no EEXIST',
    change: (kernel) => ({
      attachTcxProgram: (spec) => unless('EEXIST', kernel.attachTcxProgram(spec), done),
    }),
  },
  {
    title: 'EEXIST comes before ESTALE',
    change: (kernel, { kernel: first }) => ({
      attachTcxProgram: (spec) =>
        unless('ESTALE', kernel.attachTcxProgram(spec), async (error) => {
          const id = typeof spec.program === 'number' ? spec.program : spec.program.id;
          const { programs } = await first.queryTcx(spec);
          if (programs.some(({ programId }) => programId === id)) return answer('EEXIST');
          throw error;
        }),
    }),
  },
  {
    title: 'a program that a link holds on a TCX hook can be taken off: no EBUSY',
    change: (kernel, { kernel: first }) => ({
      detachTcxProgram: (spec) =>
        unless('EBUSY', kernel.detachTcxProgram(spec), async (error) => {
          const { programs } = await first.queryTcx(spec);
          const linkId = programs.find(({ linkId: id }) => id !== undefined)?.linkId;
          if (linkId === undefined) throw error;
          await first.forceDetach(linkId);
        }),
    }),
  },
  {
    title: 'a defunct link keeps the index of its device',
    change: (kernel, _world, { links }) => ({
      attach: async (spec) => {
        const link = await kernel.attach(spec);
        links.set(link.id, link);
        return link;
      },
      links: async () =>
        (await kernel.links()).map((link) => {
          const ifindex = links.get(link.id)?.ifindex;
          return ifindex === undefined ? link : { ...link, ifindex };
        }),
    }),
  },
  {
    title: 'a device that is removed leaves its links attached',
    change: (kernel, _world, { links, orphans }) => ({
      links: async () =>
        (await kernel.links()).map((link) => (orphans.has(link.id) ? { ...link, ...links.get(link.id) } : link)),
    }),
    changeWorld: (world, { links, orphans }) => ({
      async removeDevice(device) {
        for (const link of await world.kernel.links()) {
          if (link.ifindex !== device.ifindex) continue;
          links.set(link.id, link);
          orphans.add(link.id);
        }
        await world.removeDevice(device);
      },
    }),
  },
  {
    title: 'removing the last pin does not free what was pinned',
    change: (kernel) => ({
      unpin: async (path) => {
        // The handle is never closed.
        if ((await kernel.pins()).some((pin) => pin.path === path)) await kernel.open(path);
        return kernel.unpin(path);
      },
    }),
  },
  {
    title: 'the priority of filters is ignored',
    change: (kernel) => ({ filters: async (hook) => (await kernel.filters(hook)).toReversed() }),
  },
  {
    title: 'a hash map takes one element more than it should before E2BIG',
    change: (kernel) => ({
      createMap: async (spec, options) => {
        const { maxEntries } = spec;
        if (spec.type !== 'hash' || maxEntries === 0 || options?.pinnedAt !== undefined)
          return kernel.createMap(spec, options);
        const map = await kernel.createMap({ ...spec, maxEntries: maxEntries + 1 }, options);
        return Object.defineProperty(map, 'maxEntries', { value: maxEntries });
      },
    }),
  },
  {
    title: 'an update of a defunct link does nothing instead of ENOLINK',
    change: (kernel) => ({
      updateLink: (link, program, options) => unless('ENOLINK', kernel.updateLink(link, program, options), done),
    }),
  },
  {
    title: 'an update that expects another program is done all the same: no EPERM',
    change: (kernel) => ({
      updateLink: (link, program, options) =>
        unless('EPERM', kernel.updateLink(link, program, options), () => kernel.updateLink(link, program)),
    }),
  },
  {
    title: 'the forced detach of a tracepoint does nothing instead of EOPNOTSUPP',
    change: (kernel) => ({ forceDetach: (link) => unless('EOPNOTSUPP', kernel.forceDetach(link), done) }),
  },
  {
    title: 'netlink needs no CAP_NET_ADMIN',
    change: (kernel, { kernel: first }) => ({
      createClsact: (spec) => unless('EPERM', kernel.createClsact(spec), () => first.createClsact(spec)),
    }),
  },
  {
    title: 'a clsact where there is one is fine: no EEXIST',
    change: (kernel) => ({ createClsact: (spec) => unless('EEXIST', kernel.createClsact(spec), done) }),
  },
  {
    title: 'opening a path that is missing is EACCES',
    change: (kernel) => ({ open: (path) => unless('ENOENT', kernel.open(path), () => answer('EACCES')) }),
  },
];

/** The fake kernel with one rule made wrong. */
export function wrongDriver({ title, change, changeWorld }: WrongRule): ContractDriver {
  const right = fakeDriver('6.18');
  return {
    ...right,
    name: `FakeKernel of which ${title}`,
    async open(options) {
      const world = await right.open(options);
      const memory: Memory = { links: new Map(), orphans: new Set() };
      const spoil = <K extends Kernel>(kernel: K): K => replace(kernel, change(kernel, world, memory));
      const kernel = spoil(world.kernel);
      const process: ContractWorld['process'] = (given) => spoil<ContractProcess>(world.process(given));
      return { ...world, kernel, process, ...changeWorld?.(world, memory) };
    },
  };
}

/** The same object with some of its members replaced. */
function replace<T extends object>(target: T, members: object): T {
  return new Proxy(target, {
    get(_target, key) {
      if (key in members) return Reflect.get(members, key);
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}
