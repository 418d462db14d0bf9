import process from 'node:process';

const [, , entry] = process.argv;
const {
  createContainerNetwork,
  createContainerVolume,
  startContainer,
}: typeof import('../../../src/container/index.js') = await import(entry || '../../../src/container/index.js');

// What follows is the engine's work, not that of loading what speaks with it.
await (await createContainerVolume())[Symbol.asyncDispose]();
console.log('starting');
const [network, volume] = await Promise.all([createContainerNetwork(), createContainerVolume()]);
await startContainer({
  image: { busybox: true },
  network: network.name,
  mounts: [{ volume: volume.name, guest: '/data', writable: true }],
});
console.log('up');
setInterval(() => {}, 60_000);
