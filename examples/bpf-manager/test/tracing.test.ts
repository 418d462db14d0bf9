import { describe, expect, test } from './support/fixture.js';
import { program } from './support/requests.js';
import { column } from './support/state.js';

const TRACING = { tracing: {} };

describe.for(['fentry', 'fexit'])('%s', (type) => {
  test('it attaches to the function that it was loaded for', async ({ client, kernel, database }) => {
    const [loaded] = await client.load(program('prog_one', type, { attachTo: 'do_unlinkat' }));
    const { link } = await client.attach(loaded?.id ?? 0, TRACING);

    expect(kernel).toHaveOps(['load:prog_one:ok', 'attach:prog_one:ok', 'pin:prog_one:ok']);
    expect(kernel.snapshot().links).toMatchObject([{ id: link.kernelId, type, programId: loaded?.id, attached: true }]);
    expect(link.target).toBe('do_unlinkat');
    expect(column(database, 'programs', 'attach_to')).toEqual(['do_unlinkat']);
  });

  test('without the name of a function it is refused before the kernel is asked', async ({
    client,
    kernel,
    expectClean,
  }) => {
    await expect(client.load(program('prog_one', type))).rejects.toMatchObject({
      status: 'INVALID_ARGUMENT',
      message: `program "prog_one" is of type ${type} and needs the name of a kernel function to attach to`,
    });
    expect(kernel).toHaveOps([]);
    await expectClean();
  });

  test('attached twice it is refused the second time', async ({ client, kernel }) => {
    const [loaded] = await client.load(program('prog_one', type, { attachTo: 'do_unlinkat' }));
    await client.attach(loaded?.id ?? 0, TRACING);

    await expect(client.attach(loaded?.id ?? 0, TRACING)).rejects.toMatchObject({
      status: 'FAILED_PRECONDITION',
      message: expect.stringContaining('EBUSY'),
    });
    expect(kernel.linkCount()).toBe(1);
  });

  test('a full lifecycle leaves a clean state', async ({ client, kernel, expectClean }) => {
    const [loaded] = await client.load(program('prog_one', type, { attachTo: 'do_unlinkat' }));
    const { link } = await client.attach(loaded?.id ?? 0, TRACING);
    await client.detach(link.id);
    await client.unload(loaded?.id ?? 0);

    expect(kernel).toHaveOps([
      'load:prog_one:ok',
      'attach:prog_one:ok',
      'pin:prog_one:ok',
      'detach:prog_one:ok',
      'unload:prog_one:ok',
    ]);
    await expectClean();
  });
});

describe('Tracing', () => {
  test('a type that is told its function when attached is refused one at load', async ({ client }) => {
    await expect(client.load(program('prog_one', 'kprobe', { attachTo: 'do_unlinkat' }))).rejects.toMatchObject({
      status: 'INVALID_ARGUMENT',
      message:
        'program "prog_one" is of type kprobe and is told what to attach to when it is attached, not when it is loaded',
    });
  });
});
