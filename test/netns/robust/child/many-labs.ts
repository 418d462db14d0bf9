// Run as a process of its own: `many-labs.ts WARM-UP COUNT HOSTS` makes labs one after the other, uses each, and prints
// by how much what it holds has grown since the warm-up, as a line of JSON.
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createLab } from '../../../../src/netns/lab/create-lab.js';
import { findLeaks } from '../../../../src/netns/leaks/find-leaks.js';
import { takeInventory } from '../../../../src/netns/leaks/inventory.js';

const [warmUp = 0, count = 1, hostCount = 10] = process.argv.slice(2).map(Number);

/** The kernel's own count, of all users; namespaces go some time after their last holder. */
function countNamespaces(): number {
  try {
    return Number(/^net_namespace\s+(\d+)/m.exec(readFileSync('/proc/slabinfo', 'utf8'))?.[1] ?? Number.NaN);
  } catch {
    return Number.NaN;
  }
}

async function useLab(): Promise<void> {
  const names = Array.from({ length: hostCount }, (_, index) => `host${index}`);
  await using lab = await createLab({
    hosts: Object.fromEntries(names.map((name) => [name, {}])),
    bridges: { lan: {} },
    links: {
      ...Object.fromEntries(names.map((name, index) => [`l${index}`, [name, 'lan'] as const])),
      wire: { ends: ['host0', 'host1'], wire: true },
    },
  });
  const { host0, host1, host2 } = lab.hosts;
  if (host0 === undefined || host1 === undefined) throw new Error('two hosts at least');
  const { address } = host1;
  host1.serve((_request, response) => response.end('hello'), { port: 80, host: address });
  if ((await (await host0.fetch(`http://${address}/`)).text()) !== 'hello') throw new Error('no hello');
  const receiver = host1.udp({ host: address, port: 5000 });
  await host0.udp().send('datagram', 5000, address);
  await receiver.receive();
  const child = (host2 ?? host1).spawn('sleep', ['1000'], { stdio: 'ignore' });
  await once(child, 'spawn');
}

/** Twice, for what is collected late. */
function collect(): void {
  globalThis.gc?.();
  globalThis.gc?.();
}

// What is loaded and compiled on the way is no growth.
for (let index = 0; index < warmUp; index += 1) await useLab();
collect();
const before = takeInventory();
const rssBefore = process.memoryUsage.rss();
const namespacesBefore = countNamespaces();
const startMs = performance.now();
for (let index = 0; index < count; index += 1) await useLab();
const durationMs = performance.now() - startMs;
// Namespaces are destroyed in a thread of the kernel's.
const deadlineMs = performance.now() + 5000;
while (countNamespaces() > namespacesBefore && performance.now() < deadlineMs) {
  await new Promise((resolve) => setTimeout(resolve, 20));
}
collect();
const growthMiB = (process.memoryUsage.rss() - rssBefore) / 2 ** 20;
const leaks = findLeaks(before).map(({ description }) => description);
const namespaces = countNamespaces() - namespacesBefore;
console.log(JSON.stringify({ leaks, growthMiB, namespaces, msPerLab: durationMs / count }));
