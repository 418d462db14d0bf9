// Run against the packed package by test/consumer/suite.test.ts.
import { expect, test } from 'glovebox/fixtures';

test('a failed load leaves nothing behind', async ({ kernel }) => {
  kernel.failOnProgram('prog_one', 'ENOMEM');
  await expect(kernel.load({ name: 'prog_one', type: 'xdp' })).toRejectWithErrno('ENOMEM');
  expect(kernel).toHaveOps(['load:prog_one:error']);
  expect(kernel).toBeEmpty();
});

test('the next test has a kernel of its own', async ({ kernel }) => {
  await using program = await kernel.load({ name: 'prog_one', type: 'xdp' });
  expect(program.name).toBe('prog_one');
  expect(kernel).toHaveOps(['load:prog_one:ok']);
});
