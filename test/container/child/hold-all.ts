import { connectEngine } from '../../../src/container/connect-engine.js';
import { createContainerNetwork, createContainerVolume, startContainer } from '../../../src/container/index.js';

// What follows is the engine's work, not that of loading what speaks with it.
await connectEngine();
console.log('starting');
const [network, volume] = await Promise.all([createContainerNetwork(), createContainerVolume()]);
await startContainer({
  image: { busybox: true },
  network: network.name,
  mounts: [{ volume: volume.name, guest: '/data', writable: true }],
});
console.log('up');
setInterval(() => {}, 60_000);
