import { expect, test } from 'vitest';
import { needsNamespaces } from '../support/needs-namespaces.js';
import { ConsumerProject } from './consumer-project.js';

needsNamespaces();

test('the threads that send and receive are found in the package', () => {
  using project = new ConsumerProject();
  const script = [
    "import { collectTraffic, createLab, generateTraffic } from 'glovebox/netns';",
    "await using lab = await createLab({ hosts: { a: {}, b: {} }, links: { wire: ['a', 'b'] } });",
    'const sink = collectTraffic(lab.hosts.b, { timeoutMs: 10_000 });',
    "const { sent } = await generateTraffic(lab.hosts.a, { to: { address: 'b', port: sink.port }, count: 1000 });",
    'const { received, lost } = await sink.report();',
    'console.log(sent, received, lost);',
  ].join('\n');
  project.write('traffic.mts', script);
  expect(project.run('node', ['traffic.mts'])).toEqual({ exitCode: 0, output: '1000 1000 0\n' });
});

test('the thread that captures is found in the package', () => {
  using project = new ConsumerProject();
  const script = [
    "import { createLab } from 'glovebox/netns';",
    "await using lab = await createLab({ hosts: { a: {}, b: {} }, links: { wire: ['a', 'b'] } });",
    "const capture = await lab.capture({ filter: { protocol: 'udp' } });",
    "await lab.hosts.a.udp().send('hello', 9, lab.hosts.b.address);",
    'const { port } = await capture.waitFor(({ udp }) => udp?.destinationPort === 9);',
    'console.log(port.node, capture.ports.length);',
  ].join('\n');
  project.write('capture.mts', script);
  expect(project.run('node', ['capture.mts'])).toEqual({ exitCode: 0, output: 'b 2\n' });
});
