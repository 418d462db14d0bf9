import { describe, expect, test } from 'vitest';
import { createLab } from '../../../src/netns/lab/create-lab.js';
import { needsNamespaces } from '../../support/needs-namespaces.js';
import { impairCases, plainCases, statisticalCases } from './impair-cases.js';

needsNamespaces();

describe('a link that is impairable', () => {
  for (const { title, run } of [...impairCases, ...statisticalCases]) test(title, run);
});

test('a link that is to be a wire is one, impairable or not', async () => {
  await using lab = await createLab({
    hosts: { a: {}, b: {} },
    links: { cable: { ends: ['a', 'b'], wire: true, impairable: true } },
  });
  expect(lab.links.cable.medium).toBe('wire');
  using _hold = lab.links.cable.hold();
});

describe('a link of which the spec says nothing', () => {
  for (const { title, run } of plainCases) test(title, run);
});
