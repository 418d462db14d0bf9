import assert from 'node:assert/strict';
import type { BpfLink, Program } from '../../kernel/objects.js';
import type { ContractCase } from '../contract-case.js';
import type { ContractNeed, ContractWorld } from '../world.js';
import { at, codeOf, hasProgram, letGo, load, loadMany } from './support.js';

const TRAMPOLINE = 'kernel/bpf/trampoline.c, __bpf_trampoline_link_prog';
const ATTACH = 'kernel/bpf/syscall.c, bpf_tracing_prog_attach';

/** The kinds of programs on functions of the kernel. */
const KINDS: readonly (readonly [type: 'fentry' | 'fexit' | 'lsm', needs: readonly ContractNeed[]])[] = [
  ['fentry', ['tracing']],
  ['fexit', ['tracing']],
  ['lsm', ['lsm']],
];

/** Attaches programs to a function until it is full, however many that are; answers with those that are attached. */
async function fill(world: ContractWorld): Promise<readonly Program[]> {
  const attached: Program[] = [];
  for (;;) {
    const program = await load(world, 'fentry');
    const code = await codeOf(world.kernel.attach({ type: 'fentry', program }));
    if (code !== 'ok') {
      assert.equal(code, 'E2BIG');
      return attached;
    }
    attached.push(program);
  }
}

/** How many programs a function takes, of one kind or another; one more than that is E2BIG. */
function fullCase(room: number, bounds: Pick<ContractCase, 'since' | 'until'>): ContractCase {
  return {
    id: `tracing.full-${room}`,
    rules: ['tracing.trampoline-full'],
    title: `a function takes ${room} programs, fentry and fexit counted together; one more is E2BIG, until one goes`,
    source: `${TRAMPOLINE} (BPF_MAX_TRAMP_LINKS)`,
    ...bounds,
    needs: ['tracing'],
    run: async (world) => {
      const fentry = await loadMany(world, 'fentry', 20);
      const fexit = await loadMany(world, 'fexit', room - 19);
      const links: BpfLink[] = [];
      for (const program of fentry) links.push(await world.kernel.attach({ type: 'fentry', program }));
      for (const program of fexit.slice(0, -1)) links.push(await world.kernel.attach({ type: 'fexit', program }));
      assert.equal(links.length, room);
      const last = at(fexit, room - 20);
      assert.equal(await codeOf(world.kernel.attach({ type: 'fexit', program: last })), 'E2BIG');
      await at(links, 0).close();
      await world.settle();
      assert.equal(await codeOf(world.kernel.attach({ type: 'fexit', program: last })), 'ok');
    },
  };
}

/** Cases of programs on functions of the kernel: fentry, fexit, LSM. */
export const TRACING_CASES: readonly ContractCase[] = [
  ...KINDS.flatMap(([type, needs]): readonly ContractCase[] => [
    {
      id: `tracing.attach-${type}`,
      rules: ['tracing.attach'],
      title: `a program of type ${type} attaches to its function, and its link holds it`,
      source: ATTACH,
      needs,
      run: async (world) => {
        const program = await load(world, type);
        const link = await world.kernel.attach({ type, program });
        assert.partialDeepStrictEqual(await world.kernel.links(), [
          { id: link.id, programId: program.id, type, attached: true },
        ]);
        await letGo(program);
        assert.equal(await hasProgram(world.kernel, program.id), true);
        await link.close();
        await world.settle();
        assert.equal(await hasProgram(world.kernel, program.id), false);
      },
    },
    {
      id: `tracing.twice-${type}`,
      rules: ['tracing.busy'],
      title: `the same program of type ${type} twice on its function is EBUSY`,
      source: TRAMPOLINE,
      since: '5.13',
      needs,
      run: async (world) => {
        const program = await load(world, type);
        await world.kernel.attach({ type, program });
        assert.equal(await codeOf(world.kernel.attach({ type, program })), 'EBUSY');
      },
    },
    {
      id: `tracing.again-${type}`,
      rules: ['tracing.reattach'],
      title: `a program of type ${type} attaches again once its link went`,
      source: ATTACH,
      since: '5.13',
      needs,
      run: async (world) => {
        const program = await load(world, type);
        await (await world.kernel.attach({ type, program })).close();
        await world.settle();
        assert.equal(await codeOf(world.kernel.attach({ type, program })), 'ok');
      },
    },
    {
      id: `tracing.once-${type}`,
      rules: ['tracing.reattach'],
      title: `a program of type ${type} attaches once: after that it is ENOENT`,
      source: ATTACH,
      until: '5.13',
      needs,
      run: async (world) => {
        const program = await load(world, type);
        const link = await world.kernel.attach({ type, program });
        assert.equal(await codeOf(world.kernel.attach({ type, program })), 'ENOENT');
        await link.close();
        await world.settle();
        assert.equal(await codeOf(world.kernel.attach({ type, program })), 'ENOENT');
      },
    },
    {
      id: `links.detach-${type}`,
      rules: ['links.detach-tracing'],
      title: `a link of type ${type} cannot be detached by force: EOPNOTSUPP`,
      source: 'kernel/bpf/syscall.c, link_detach',
      needs,
      run: async (world) => {
        const link = await world.kernel.attach({ type, program: await load(world, type) });
        assert.equal(await codeOf(world.kernel.forceDetach(link)), 'EOPNOTSUPP');
      },
    },
    {
      id: `links.update-${type}`,
      rules: ['links.update-tracing'],
      title: `a link of type ${type} cannot be updated: EINVAL`,
      source: 'kernel/bpf/syscall.c, link_update',
      needs,
      run: async (world) => {
        const link = await world.kernel.attach({ type, program: await load(world, type) });
        assert.equal(await codeOf(world.kernel.updateLink(link, await load(world, type))), 'EINVAL');
      },
    },
    {
      id: `tracing.flags-${type}`,
      rules: ['tracing.flags'],
      title: `flags of a link of type ${type} are not looked at`,
      source: ATTACH,
      since: '5.19',
      needs,
      run: async (world) => {
        const program = await load(world, type);
        assert.equal(await codeOf(world.kernel.attach({ type, program, flags: 1 })), 'ok');
      },
    },
    {
      id: `tracing.target-${type}`,
      rules: ['tracing.target'],
      title: `a program of type ${type} takes no target program when it is attached: EINVAL`,
      source: ATTACH,
      needs,
      run: async (world) => {
        const dispatcher = await load(world, 'xdp', { functions: ['prog0'] });
        const target = { program: dispatcher, functionName: 'prog0' };
        assert.equal(await codeOf(world.kernel.attach({ type, program: await load(world, type), target })), 'EINVAL');
      },
    },
    {
      id: `tracing.half-target-${type}`,
      rules: ['tracing.target'],
      title: `a program of type ${type} attached with half a target is EINVAL`,
      source: ATTACH,
      needs,
      run: async (world) => {
        const dispatcher = await load(world, 'xdp', { functions: ['prog0'] });
        const program = await load(world, type);
        assert.equal(await codeOf(world.kernel.attach({ type, program, target: { program: dispatcher } })), 'EINVAL');
        assert.equal(await codeOf(world.kernel.attach({ type, program, target: { functionName: 'prog0' } })), 'EINVAL');
      },
    },
  ]),
  fullCase(36, { since: '7.2' }),
  fullCase(38, { since: '5.12', until: '7.2' }),
  fullCase(40, { until: '5.12' }),
  {
    id: 'tracing.full-elsewhere',
    rules: ['tracing.trampoline-full'],
    title: 'another function has room of its own',
    source: TRAMPOLINE,
    needs: ['tracing'],
    run: async (world) => {
      await fill(world);
      const elsewhere = await load(world, 'fentry', { attachTo: world.targets.functions[1] });
      assert.equal(await codeOf(world.kernel.attach({ type: 'fentry', program: elsewhere })), 'ok');
    },
  },
  {
    id: 'tracing.full-before-busy',
    rules: ['tracing.trampoline-full', 'tracing.busy'],
    title: 'a full function is E2BIG for a program that is on it already, too',
    source: TRAMPOLINE,
    since: '5.13',
    needs: ['tracing'],
    run: async (world) => {
      const programs = await fill(world);
      assert.equal(await codeOf(world.kernel.attach({ type: 'fentry', program: at(programs, 0) })), 'E2BIG');
    },
  },
  {
    id: 'tracing.other-type',
    rules: ['tracing.type'],
    title: 'a program attached as another type than its own is EINVAL',
    source: 'kernel/bpf/syscall.c, link_create, bpf_tracing_prog_attach',
    since: '5.19',
    needs: ['tracing'],
    run: async (world) => {
      const program = await load(world, 'fexit');
      for (const type of ['fentry', 'lsm', 'extension'] as const)
        assert.equal(await codeOf(world.kernel.attach({ type, program })), 'EINVAL');
    },
  },
];
