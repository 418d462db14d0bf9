import { KernelError } from 'glovebox';
import { describe, expect, test } from './support/fixture.js';
import { program } from './support/requests.js';
import { column, countRows } from './support/state.js';

const VERIFIER_LOG = '0: (79) r2 = *(u64 *)(r1 +8)\nR1 invalid mem access\nprocessed 1 insns';

const INSTANCE = { 'bpf-manager/instance': 'edge-1' };

describe('Load failures', () => {
  test("a verifier's refusal reaches the client in the verifier's words", async ({ client, kernel, expectClean }) => {
    kernel.failOnProgram(
      'prog_one',
      new KernelError('EACCES', { syscall: 'bpf(BPF_PROG_LOAD)', verifierLog: VERIFIER_LOG }),
    );

    await expect(client.load(program('prog_one'))).rejects.toMatchObject({
      status: 'INTERNAL',
      message: expect.stringMatching(/^load "prog_one": .*EACCES.*R1 invalid mem access/s),
    });
    expect(kernel).toHaveOps(['load:prog_one:error']);
    await expectClean();
  });

  test('when the database fails to save, the kernel is rolled back', async ({
    client,
    kernel,
    faults,
    expectClean,
  }) => {
    faults.inject('store.saveProgram', { once: true, before: new Error('disk I/O error') });

    await expect(client.load(program('prog_one'))).rejects.toMatchObject({
      status: 'INTERNAL',
      message: 'load "prog_one": disk I/O error',
    });
    expect(kernel).toHaveOps(['load:prog_one:ok', 'unload:prog_one:ok']);
    await expectClean();
  });

  test('a row that was saved and reported as failed goes too', async ({ client, kernel, faults, expectClean }) => {
    faults.inject('store.saveProgram', { once: true, after: new Error('connection lost') });

    await expect(client.load(program('prog_one'))).rejects.toMatchObject({
      message: 'load "prog_one": connection lost',
    });
    expect(kernel).toHaveOps(['load:prog_one:ok', 'unload:prog_one:ok']);
    await expectClean();
  });

  test('the first of a batch fails: nothing else is asked for', async ({ client, kernel, expectClean }) => {
    kernel.failOnProgram('prog_one', 'EINVAL');

    const load = client.load(program('prog_one'), program('prog_two'), program('prog_three'));

    await expect(load).rejects.toMatchObject({ status: 'INTERNAL', message: expect.stringContaining('EINVAL') });
    expect(kernel).toHaveOps(['load:prog_one:error']);
    await expectClean();
  });

  test('the second of two fails: the first is rolled back', async ({ client, kernel, expectClean }) => {
    kernel.failOnProgram('prog_two', 'ENOMEM');

    const load = client.load(program('prog_one'), program('prog_two'));

    await expect(load).rejects.toMatchObject({
      status: 'RESOURCE_EXHAUSTED',
      message: expect.stringContaining('ENOMEM'),
    });
    expect(kernel).toHaveOps(['load:prog_one:ok', 'load:prog_two:error', 'unload:prog_one:ok']);
    await expectClean();
  });

  test('the third of three fails: both others are rolled back in reverse', async ({ client, kernel, expectClean }) => {
    kernel.failOnProgram('prog_three', 'EINVAL');

    const load = client.load(program('prog_one'), program('prog_two'), program('prog_three'));

    await expect(load).rejects.toMatchObject({ status: 'INTERNAL' });
    expect(kernel).toHaveOps([
      'load:prog_one:ok',
      'load:prog_two:ok',
      'load:prog_three:error',
      'unload:prog_two:ok',
      'unload:prog_one:ok',
    ]);
    await expectClean();
  });

  test.for([1, 2, 3, 4, 5])(
    'load %i of five fails by count: those before it are rolled back',
    async (n, { client, kernel, expectClean }) => {
      const names = ['prog_a', 'prog_b', 'prog_c', 'prog_d', 'prog_e'];
      kernel.failOnNthLoad(n, 'E2BIG');

      await expect(client.load(...names.map((name) => program(name)))).rejects.toMatchObject({
        status: 'RESOURCE_EXHAUSTED',
        message: expect.stringContaining('E2BIG'),
      });
      const before = names.slice(0, n - 1);
      expect(kernel).toHaveOps([
        ...before.map((name) => `load:${name}:ok`),
        `load:${names[n - 1]}:error`,
        ...before.toReversed().map((name) => `unload:${name}:ok`),
      ]);
      await expectClean();
    },
  );

  test.for([1, 2, 3])(
    'the database fails at program %i of three: everything is rolled back',
    async (n, { client, kernel, faults, expectClean }) => {
      const names = ['prog_one', 'prog_two', 'prog_three'];
      faults.inject('store.saveProgram', { nth: n, before: new Error('database or disk is full') });

      await expect(client.load(...names.map((name) => program(name)))).rejects.toMatchObject({
        status: 'INTERNAL',
        message: 'load "prog_one", "prog_two", "prog_three": database or disk is full',
      });
      const loaded = names.slice(0, n);
      expect(kernel).toHaveOps([
        ...loaded.map((name) => `load:${name}:ok`),
        ...loaded.toReversed().map((name) => `unload:${name}:ok`),
      ]);
      await expectClean();
    },
  );

  test('a roll-back that fails is told beside the first error', async ({ client, kernel, database }) => {
    kernel.failOnProgram('prog_two', 'ENOMEM');
    kernel.failOnUnload('prog_one', 'EBUSY');

    await expect(client.load(program('prog_one'), program('prog_two'))).rejects.toMatchObject({
      status: 'RESOURCE_EXHAUSTED',
      message: expect.stringMatching(
        /^load "prog_one", "prog_two": .*ENOMEM.*; and the roll-back is incomplete: unload program \d+ \("prog_one"\): .*EBUSY/s,
      ),
    });
    expect(kernel.programCount()).toBe(1);
    expect(kernel.handleCount()).toBe(0);
    expect(database).toBeEmpty();
    expect((await client.reconcile()).findings).toMatchObject([{ kind: 'program-only-in-kernel', repairable: true }]);
  });

  test('a second program of the same name is refused, and the first stays', async ({ client, kernel, database }) => {
    const [first] = await client.load(program('prog_one'));

    await expect(client.load(program('prog_one', 'kprobe'))).rejects.toMatchObject({
      status: 'ALREADY_EXISTS',
      message: 'load "prog_one": program "prog_one": another one has the same programs.name',
    });
    expect(kernel).toHaveOps(['load:prog_one:ok', 'load:prog_one:ok', 'unload:prog_one:ok']);
    expect(kernel.snapshot().programs).toMatchObject([{ id: first?.id, type: 'tracepoint' }]);
    expect(column(database, 'programs', 'id')).toEqual([first?.id]);
    expect(await client.get(first?.id ?? 0)).toMatchObject({ name: 'prog_one', type: 'PROGRAM_TYPE_TRACEPOINT' });
  });

  test('metadata that must be unique and is shared in a batch fails on the second', async ({
    client,
    kernel,
    expectClean,
  }) => {
    const load = client.load(
      program('prog_one', 'tracepoint', { metadata: INSTANCE }),
      program('prog_two', 'tracepoint', { metadata: INSTANCE }),
    );

    await expect(load).rejects.toMatchObject({
      status: 'ALREADY_EXISTS',
      message: expect.stringContaining('program "prog_two": another one has the same program_metadata.value'),
    });
    expect(kernel).toHaveOps(['load:prog_one:ok', 'load:prog_two:ok', 'unload:prog_two:ok', 'unload:prog_one:ok']);
    await expectClean();
  });

  test('other metadata may be shared', async ({ client, database }) => {
    await client.load(
      program('prog_one', 'tracepoint', { metadata: { owner: 'alice', 'bpf-manager/instance': 'edge-1' } }),
      program('prog_two', 'tracepoint', { metadata: { owner: 'alice', 'bpf-manager/instance': 'edge-2' } }),
    );
    expect(countRows(database)).toMatchObject({ programs: 2, metadata: 4 });
  });

  test.for([
    { what: 'an empty name', request: program(''), says: 'program 1 has no name' },
    {
      what: 'a name that is too long',
      request: program('a_name_of_16_chr'),
      says: 'program "a_name_of_16_chr": a name has at most 15 characters of A-Z, a-z, 0-9, "_" and "."',
    },
    {
      what: 'an unknown type',
      request: { name: 'prog_one', type: 99 },
      says: 'program "prog_one" is of the unknown type 99; it is one of xdp, tc,',
    },
    {
      what: 'an unspecified type',
      request: { name: 'prog_one' },
      says: 'program "prog_one" has no type; it is one of xdp,',
    },
  ])('$what is rejected before the kernel is asked', async ({ request, says }, { client, kernel, expectClean }) => {
    await expect(client.load(request)).rejects.toMatchObject({
      status: 'INVALID_ARGUMENT',
      message: expect.stringContaining(says),
    });
    expect(kernel).toHaveOps([]);
    await expectClean();
  });

  test('everything that is wrong with a batch is told at once', async ({ client, kernel }) => {
    await expect(client.load(program(''), program('prog_two', 'fentry'), program('prog three'))).rejects.toMatchObject({
      status: 'INVALID_ARGUMENT',
      message:
        'program 1 has no name; program "prog_two" is of type fentry and needs the name of a kernel function to attach to; ' +
        'program "prog three": a name has at most 15 characters of A-Z, a-z, 0-9, "_" and "."',
    });
    await expect(client.load()).rejects.toMatchObject({
      status: 'INVALID_ARGUMENT',
      message: 'there is no program to load',
    });
    expect(kernel).toHaveOps([]);
  });
});
