import assert from 'node:assert/strict';
import type { AttachTargetRef } from '../../kernel/attach.js';
import type { BpfLink, MapSpec, Program, ProgramType } from '../../kernel/objects.js';
import type { ContractCase } from '../contract-case.js';
import type { ContractWorld } from '../world.js';
import { codeOf, HASH, hasProgram, letGo, load, refusalOf, u32 } from './support.js';

const VERIFIER = 'kernel/bpf/verifier.c, bpf_check_attach_target';
const ATTACH = 'kernel/bpf/syscall.c, bpf_tracing_prog_attach';
const TRAMPOLINE = 'kernel/bpf/trampoline.c, __bpf_trampoline_link_prog';
const PROGRAMS: MapSpec = { ...HASH, name: 'programs', type: 'prog_array' };

/** A program with two functions that extensions may replace, and one that they may not. */
function loadDispatcher(world: ContractWorld, type: ProgramType = 'xdp'): Promise<Program> {
  return load(world, type, { name: 'dispatcher', functions: ['prog0', 'prog1'], staticFunctions: ['helper'] });
}

function loadExtension(world: ContractWorld, program: Program, functionName = 'prog0'): Promise<Program> {
  return load(world, 'extension', { name: 'ext', extends: { program, functionName } });
}

function attach(world: ContractWorld, program: Program, target?: AttachTargetRef): Promise<BpfLink> {
  return world.kernel.attach({ type: 'extension', program, ...(target === undefined ? {} : { target }) });
}

type ExtensionCase = Omit<ContractCase, 'needs'> & Partial<Pick<ContractCase, 'needs'>>;

const CASES: readonly ExtensionCase[] = [
  {
    id: 'tracing.extension-missing-function',
    rules: ['tracing.extension-function'],
    title: 'an extension for a function that there is not is EINVAL',
    source: VERIFIER,
    run: async (world) => {
      const dispatcher = await loadDispatcher(world);
      assert.equal(await codeOf(loadExtension(world, dispatcher, 'missing')), 'EINVAL');
    },
  },
  {
    id: 'tracing.extension-static-function',
    rules: ['tracing.extension-function'],
    title: 'an extension for a static function is EINVAL, with a log',
    source: 'kernel/bpf/btf.c, btf_check_func_type_match',
    run: async (world) => {
      const error = await refusalOf(loadExtension(world, await loadDispatcher(world), 'helper'));
      assert.equal(error.code, 'EINVAL');
      assert.match(error.verifierLog ?? '', /helper\(\) is not a global function/);
    },
  },
  {
    id: 'tracing.extension-of-extension',
    rules: ['tracing.extension-function'],
    title: 'an extension of an extension is EINVAL',
    source: VERIFIER,
    run: async (world) => {
      const extension = await loadExtension(world, await loadDispatcher(world));
      assert.equal(await codeOf(loadExtension(world, extension, 'ext')), 'EINVAL');
    },
  },
  ...(['fentry', 'fexit'] as const).map(
    (type): ExtensionCase => ({
      id: `tracing.extension-of-${type}`,
      rules: ['tracing.extension-function'],
      title: `an extension of a program of type ${type} is EINVAL`,
      source: VERIFIER,
      needs: ['tracing'],
      run: async (world) => {
        const program = await load(world, type, { functions: ['prog0'] });
        assert.equal(await codeOf(loadExtension(world, program)), 'EINVAL');
      },
    }),
  ),
  {
    id: 'tracing.extension-taken',
    rules: ['tracing.busy'],
    title: 'an extension on a function that is replaced is EBUSY, with and without a named target',
    source: TRAMPOLINE,
    run: async (world) => {
      const program = await loadDispatcher(world);
      const [one, two] = [await loadExtension(world, program), await loadExtension(world, program)];
      await attach(world, one);
      assert.equal(await codeOf(attach(world, two)), 'EBUSY');
      assert.equal(await codeOf(attach(world, two, { program, functionName: 'prog0' })), 'EBUSY');
    },
  },
  {
    id: 'tracing.extension-other-slot',
    rules: ['tracing.busy'],
    title: 'extensions on two functions of a program do not disturb each other',
    source: TRAMPOLINE,
    run: async (world) => {
      const program = await loadDispatcher(world);
      await attach(world, await loadExtension(world, program));
      assert.equal(await codeOf(attach(world, await loadExtension(world, program, 'prog1'))), 'ok');
    },
  },
  {
    id: 'tracing.extension-free-again',
    rules: ['tracing.busy'],
    title: 'a function whose extension went takes another',
    source: 'kernel/bpf/trampoline.c, __bpf_trampoline_unlink_prog',
    run: async (world) => {
      const program = await loadDispatcher(world);
      const two = await loadExtension(world, program);
      await (await attach(world, await loadExtension(world, program))).close();
      await world.settle();
      assert.equal(await codeOf(attach(world, two)), 'ok');
    },
  },
  {
    id: 'tracing.extension-again-without-target',
    rules: ['tracing.target', 'tracing.reattach'],
    title: 'an extension that was attached once needs a named target to be attached again: EINVAL without',
    source: ATTACH,
    since: '5.13',
    run: async (world) => {
      const program = await loadDispatcher(world);
      const extension = await loadExtension(world, program);
      const link = await attach(world, extension);
      assert.equal(await codeOf(attach(world, extension)), 'EINVAL');
      await link.close();
      await world.settle();
      assert.equal(await codeOf(attach(world, extension)), 'EINVAL');
      assert.equal(await codeOf(attach(world, extension, { program, functionName: 'prog0' })), 'ok');
    },
  },
  {
    id: 'tracing.extension-once-without-target',
    rules: ['tracing.target', 'tracing.reattach'],
    title: 'an extension that was attached once needs a named target to be attached again: ENOENT without',
    source: ATTACH,
    until: '5.13',
    run: async (world) => {
      const program = await loadDispatcher(world);
      const extension = await loadExtension(world, program);
      await (await attach(world, extension)).close();
      await world.settle();
      assert.equal(await codeOf(attach(world, extension)), 'ENOENT');
      assert.equal(await codeOf(attach(world, extension, { program, functionName: 'prog0' })), 'ok');
    },
  },
  {
    id: 'tracing.extension-target-without-function',
    rules: ['tracing.target'],
    title: 'a target program without a function is EINVAL',
    source: ATTACH,
    run: async (world) => {
      const program = await loadDispatcher(world);
      assert.equal(await codeOf(attach(world, await loadExtension(world, program), { program })), 'EINVAL');
    },
  },
  {
    id: 'tracing.extension-target-without-program',
    rules: ['tracing.target'],
    title: 'a function without a target program is EINVAL',
    source: ATTACH,
    run: async (world) => {
      const extension = await loadExtension(world, await loadDispatcher(world));
      assert.equal(await codeOf(attach(world, extension, { functionName: 'prog0' })), 'EINVAL');
    },
  },
  {
    id: 'tracing.extension-tc-to-tcx',
    rules: ['tracing.target'],
    title: 'an extension goes from a program for tc to one for TCX, which are of one type',
    source: ATTACH,
    run: async (world) => {
      const extension = await loadExtension(world, await loadDispatcher(world, 'tc'));
      const program = await loadDispatcher(world, 'tcx');
      assert.equal(await codeOf(attach(world, extension, { program, functionName: 'prog0' })), 'ok');
    },
  },
  {
    id: 'tracing.extension-other-program',
    rules: ['tracing.target'],
    title: 'an extension goes to another program with the same function',
    source: ATTACH,
    run: async (world) => {
      const extension = await loadExtension(world, await loadDispatcher(world));
      const program = await loadDispatcher(world);
      const link = await attach(world, extension, { program, functionName: 'prog0' });
      assert.equal(link.programId, extension.id);
    },
  },
  {
    id: 'tracing.extension-other-type',
    rules: ['tracing.target'],
    title: 'an extension does not go to a program of another type: EINVAL',
    source: ATTACH,
    run: async (world) => {
      const extension = await loadExtension(world, await loadDispatcher(world));
      const program = await loadDispatcher(world, 'tc');
      assert.equal(await codeOf(attach(world, extension, { program, functionName: 'prog0' })), 'EINVAL');
    },
  },
  {
    id: 'tracing.extension-other-static-function',
    rules: ['tracing.target', 'tracing.extension-function'],
    title: 'an extension does not go to a static function of another program: EINVAL',
    source: ATTACH,
    run: async (world) => {
      const extension = await loadExtension(world, await loadDispatcher(world));
      const program = await loadDispatcher(world);
      assert.equal(await codeOf(attach(world, extension, { program, functionName: 'helper' })), 'EINVAL');
    },
  },
  {
    id: 'tracing.extension-on-device',
    rules: ['tracing.type'],
    title: 'an extension is no program for a device: EINVAL',
    source: 'kernel/bpf/syscall.c, link_create',
    run: async (world) => {
      const program = await loadExtension(world, await loadDispatcher(world));
      assert.equal(await codeOf(world.kernel.attach({ type: 'xdp', program, ...world.device })), 'EINVAL');
    },
  },
  {
    id: 'links.detach-extension',
    rules: ['links.detach-tracing'],
    title: 'the link of an extension cannot be detached by force: EOPNOTSUPP',
    source: 'kernel/bpf/syscall.c, link_detach',
    run: async (world) => {
      const link = await attach(world, await loadExtension(world, await loadDispatcher(world)));
      assert.equal(await codeOf(world.kernel.forceDetach(link)), 'EOPNOTSUPP');
    },
  },
  {
    id: 'links.update-extension',
    rules: ['links.update-tracing'],
    title: 'the link of an extension cannot be updated: EINVAL',
    source: 'kernel/bpf/syscall.c, link_update',
    run: async (world) => {
      const program = await loadDispatcher(world);
      const link = await attach(world, await loadExtension(world, program));
      assert.equal(await codeOf(world.kernel.updateLink(link, await loadExtension(world, program))), 'EINVAL');
    },
  },
  {
    id: 'lifetime.extension-hold-load-target',
    rules: ['lifetime.extension-holds-target'],
    title: 'an extension holds the program that it was loaded for until it is attached',
    source: 'kernel/bpf/syscall.c, bpf_prog_load (aux->dst_prog)',
    run: async (world) => {
      const program = await loadDispatcher(world);
      const extension = await loadExtension(world, program);
      await letGo(program);
      await world.settle();
      assert.equal(await hasProgram(world.kernel, program.id), true);
      await extension.close();
      await world.settle();
      assert.equal(await hasProgram(world.kernel, program.id), false);
    },
  },
  {
    id: 'lifetime.extension-link-holds-target',
    rules: ['lifetime.extension-holds-target'],
    title: 'the link of an extension holds the target program, and only it does',
    source: ATTACH,
    run: async (world) => {
      const program = await loadDispatcher(world);
      const extension = await loadExtension(world, program);
      const link = await attach(world, extension);
      await letGo(program);
      await world.settle();
      assert.equal(await hasProgram(world.kernel, program.id), true);
      await link.close();
      await world.settle();
      assert.equal(await hasProgram(world.kernel, program.id), false);
      assert.equal(await hasProgram(world.kernel, extension.id), true);
    },
  },
  {
    id: 'lifetime.extension-elsewhere-lets-go',
    rules: ['lifetime.extension-holds-target'],
    title: 'an extension that is attached elsewhere lets go of the program that it was loaded for',
    source: ATTACH,
    run: async (world) => {
      const first = await loadDispatcher(world);
      const extension = await loadExtension(world, first);
      const program = await loadDispatcher(world);
      await letGo(first);
      await attach(world, extension, { program, functionName: 'prog0' });
      await world.settle();
      assert.equal(await hasProgram(world.kernel, first.id), false);
    },
  },
  {
    id: 'tracing.extension-target-in-prog-array',
    rules: ['tracing.tail-calls'],
    title: 'a program that is in a prog_array cannot be extended: EBUSY',
    source: 'kernel/bpf/trampoline.c, bpf_freplace_check_tgt_prog',
    since: '6.1',
    run: async (world) => {
      const map = await world.kernel.createMap(PROGRAMS);
      const program = await loadDispatcher(world);
      const extension = await loadExtension(world, program);
      await map.update(u32(0), u32(program.id));
      assert.equal(await codeOf(attach(world, extension)), 'EBUSY');
    },
  },
  {
    id: 'tracing.extension-extended-into-prog-array',
    rules: ['tracing.tail-calls'],
    title: 'a program that is extended cannot be put into a prog_array: EBUSY',
    source: 'kernel/bpf/arraymap.c, prog_fd_array_get_ptr',
    since: '6.1',
    run: async (world) => {
      const map = await world.kernel.createMap(PROGRAMS);
      const program = await loadDispatcher(world);
      await attach(world, await loadExtension(world, program));
      assert.equal(await codeOf(map.update(u32(0), u32(program.id))), 'EBUSY');
    },
  },
  {
    id: 'tracing.extension-with-prog-array',
    rules: ['tracing.tail-calls'],
    title: 'a program may be in a prog_array and be extended',
    source: 'kernel/bpf/arraymap.c, prog_fd_array_get_ptr',
    until: '6.1',
    run: async (world) => {
      const map = await world.kernel.createMap(PROGRAMS);
      const program = await loadDispatcher(world);
      await map.update(u32(0), u32(program.id));
      assert.equal(await codeOf(attach(world, await loadExtension(world, program))), 'ok');
      assert.equal(await codeOf(map.update(u32(1), u32(program.id))), 'ok');
    },
  },
  {
    id: 'tracing.extension-into-prog-array',
    rules: ['tracing.tail-calls'],
    title: 'an extension cannot be put into a prog_array: EINVAL',
    source: 'kernel/bpf/core.c, bpf_prog_map_compatible',
    since: '6.1',
    run: async (world) => {
      const map = await world.kernel.createMap(PROGRAMS);
      const extension = await loadExtension(world, await loadDispatcher(world));
      assert.equal(await codeOf(map.update(u32(0), u32(extension.id))), 'EINVAL');
    },
  },
  {
    id: 'tracing.extension-into-prog-array-taken',
    rules: ['tracing.tail-calls'],
    title: 'an extension can be put into a prog_array',
    source: 'kernel/bpf/arraymap.c, bpf_prog_array_compatible',
    until: '6.1',
    run: async (world) => {
      const map = await world.kernel.createMap(PROGRAMS);
      const extension = await loadExtension(world, await loadDispatcher(world));
      assert.equal(await codeOf(map.update(u32(0), u32(extension.id))), 'ok');
    },
  },
];

/** Cases of programs in the place of functions of other programs. */
export const EXTENSION_CASES: readonly ContractCase[] = CASES.map((each) => ({
  ...each,
  needs: ['extension', ...(each.needs ?? [])],
}));
