// Captures traffic to a file until it is killed.
import { createLab } from '../../../../src/netns/lab/create-lab.js';
import { generateTraffic } from '../../../../src/netns/traffic/generate-traffic.js';

const lab = await createLab({ hosts: { a: {}, b: {} }, links: { wire: ['a', 'b'] } });
await lab.capture({ file: process.argv[2] ?? '' });
const to = { address: lab.hosts.b.address, port: 9 };
await generateTraffic(lab.hosts.a, { to, count: 10_000_000, sizeBytes: 64, rateFramesPerSecond: 100_000 });
