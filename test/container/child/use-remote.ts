import { copyFileSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { createContainerVolume, startContainer } from '../../../src/container/index.js';

const image = { busybox: true } as const;
const tell = (error: unknown) => (error instanceof Error ? error.message : String(error));

const volume = await createContainerVolume();
const container = await startContainer({
  image,
  command: ['sh', '-c', 'echo ready; exec httpd -f -p 80 -h /srv'],
  mounts: [{ volume: volume.name, guest: '/srv' }],
  ready: { log: 'ready' },
});
const { stdout } = await container.run('echo', ['run']);
const cat = await container.spawn('cat');
cat.stdin.end('spawned');
const [spawned] = await cat.stdout.toArray();
await container.writeFile('/tmp/file', 'written');
const file = String(await container.readFile('/tmp/file'));
const sleep = await container.spawn('sleep', ['1000']);

const command = ['httpd', '-f', '-p', '80'];
await using listens = await startContainer({ image, command, ready: { tcp: 80 } });
await using answers = await startContainer({
  image,
  command,
  ready: { http: 'http://127.0.0.1/no-such-page', status: 404 },
});
// A root file system with nothing that could be asked.
const rootfs = process.argv[2] ?? '';
mkdirSync(join(rootfs, 'bin'), { recursive: true });
copyFileSync('/bin/busybox', join(rootfs, 'bin/httpd'));
const refusals = await Promise.all([
  sleep.signal('SIGTERM').catch(tell),
  Promise.resolve()
    .then(() => container.netns)
    .catch(tell),
  startContainer({ image: { rootfs }, command, ready: { tcp: 80 } }).catch(tell),
  startContainer({ image: { rootfs }, command, ready: { http: 'http://127.0.0.1/' } }).catch(tell),
]);
const states = [listens.state, answers.state];
console.log(JSON.stringify({ stdout, spawned: String(spawned), file, states, refusals }));
setInterval(() => {}, 60_000);
