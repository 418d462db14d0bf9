import { expect, test } from 'vitest';
import { needsNamespaces } from '../needs-namespaces.js';
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
