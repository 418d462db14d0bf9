import { createContainerVolume, startContainer } from '../../../src/container/index.js';

const image = { busybox: true } as const;
const tell = (error: unknown) => (error instanceof Error ? error.message : String(error));

await using volume = await createContainerVolume();
await using container = await startContainer({
  image,
  command: ['sh', '-c', 'echo ready; exec sleep 1000'],
  mounts: [{ volume: volume.name, guest: '/data' }],
  ready: { log: 'ready' },
});
const { stdout } = await container.run('echo', ['run']);
const cat = await container.spawn('cat');
cat.stdin.end('spawned');
const [spawned] = await cat.stdout.toArray();
await container.writeFile('/tmp/file', 'written');
const file = String(await container.readFile('/tmp/file'));
const sleep = await container.spawn('sleep', ['1000']);
const refusals = await Promise.all([
  sleep.signal('SIGTERM').catch(tell),
  Promise.resolve()
    .then(() => container.netns)
    .catch(tell),
  startContainer({ image, ready: { tcp: 80 } }).catch(tell),
  startContainer({ image, ready: { http: 'http://127.0.0.1/' } }).catch(tell),
]);
console.log(JSON.stringify({ stdout, spawned: String(spawned), file, refusals }));
