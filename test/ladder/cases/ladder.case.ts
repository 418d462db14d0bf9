import { expect, test } from '../../../src/fixtures/index.js';

test('loads a program', async ({ kernel }) => {
  const program = await kernel.load({ name: 'first', type: 'xdp' });
  expect(program.name).toBe('first');
});

test('sends through a lab', { tags: ['netns'] }, async ({ createLab }) => {
  const lab = await createLab({ hosts: { client: {}, server: {} }, links: { cable: ['client', 'server'] } });
  await expect(lab.hosts.client).toReach(lab.hosts.server);
});

test('is root of the machine', { tags: ['root'] }, () => {
  expect(process.geteuid?.()).toBe(0);
});
