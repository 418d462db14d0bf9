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

test('sends through netem', { tags: ['netns', 'netem'] }, async ({ createLab }) => {
  const lab = await createLab({ hosts: { client: {}, server: {} }, links: { cable: ['client', 'server'] } });
  using _slow = lab.links.cable.impair({ both: { delayMs: 1 } });
  await expect(lab.hosts.client).toReach(lab.hosts.server);
});

test('runs a container', { tags: ['container'] }, async ({ startContainer }) => {
  const container = await startContainer({ image: { busybox: true } });
  expect((await container.run('echo', ['from inside'])).stdout).toBe('from inside\n');
});
