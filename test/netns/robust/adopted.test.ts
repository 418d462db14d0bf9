import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import process from 'node:process';
import { expect, onTestFinished, test, vi } from 'vitest';
import { until } from '../../../src/core/until.js';
import { createLab } from '../../../src/netns/lab/create-lab.js';
import { assertLeaksNothing } from '../../../src/netns/leaks/assert-leaks-nothing.js';
import { encodeListChains, encodeListRules } from '../../../src/netns/netfilter/nft-requests.js';
import { listNft } from '../../../src/netns/netfilter/nft-table.js';
import { Netns } from '../../../src/netns/netns.js';
import { needsNamespaces } from '../../support/needs-namespaces.js';
import { TYPESCRIPT } from '../../support/typescript.js';

needsNamespaces();
vi.setConfig({ testTimeout: 30_000 });

test('a process that is killed leaves no rule and no interface in a namespace that it adopted', async () => {
  await using netns = Netns.create();
  const holder = netns.spawn('sleep', ['1000']);
  const script = join(import.meta.dirname, 'child/adopts-until-killed.ts');
  const child = spawn(process.execPath, [...TYPESCRIPT, script, String(holder.pid)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  await once(child.stdout, 'data');
  const look = () => [
    ...netns.proc.devices().map((device) => device.interface),
    ...listNft(netns, encodeListChains()),
    ...listNft(netns, encodeListRules()),
  ];
  expect(look().length).toBeGreaterThan(4);
  child.kill('SIGKILL');
  await once(child, 'exit');
  await until(() => look().length === 1, { description: 'nothing but the loopback to be left' });
});

test('two labs that adopt a namespace have rules there beside each other, which go with each, and leave no descriptor', async () => {
  using foreign = Netns.create();
  await assertLeaksNothing(async () => {
    const spec = (subnet: string) =>
      ({
        hosts: { app: { netns: foreign }, client: {} },
        links: { cable: { ends: ['app', 'client'], subnets: [subnet] } },
      }) as const;
    await using first = await createLab(spec('10.1.0.0/24'));
    const dropped = first.hosts.app.firewall.drop({ port: 7 });
    const second = await createLab(spec('10.2.0.0/24'));
    second.hosts.app.firewall.drop({ port: 8 });
    second.links.cable.drop({ port: 8 }).remove();
    expect(dropped.packets).toBe(0);
    await second[Symbol.asyncDispose]();
    expect(listNft(foreign, encodeListChains())).toHaveLength(1);
    dropped.remove();
    expect(listNft(foreign, encodeListChains())).toHaveLength(0);
    first.hosts.app.firewall.drop({ port: 9 });
  });
  expect(listNft(foreign, encodeListChains())).toHaveLength(0);
});
