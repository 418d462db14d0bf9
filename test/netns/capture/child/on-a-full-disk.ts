// Captures more than there is room for in a folder, and prints what it is told.
import { createLab } from '../../../../src/netns/lab/create-lab.js';
import { generateTraffic } from '../../../../src/netns/traffic/generate-traffic.js';

const [, , file = ''] = process.argv;
const lab = await createLab({ hosts: { a: {}, b: {} }, links: { wire: ['a', 'b'] } });
const capture = await lab.capture({ file, filter: { protocol: 'udp' } });
const to = { address: lab.hosts.b.address, port: 9 };
await generateTraffic(lab.hosts.a, { to, count: 10_000, sizeBytes: 64 });
const told = await capture.stop().then(
  () => 'nothing',
  (error: unknown) => String(error),
);
console.log(JSON.stringify({ told, kept: (await capture.frames()).length }));
await lab[Symbol.asyncDispose]();
