import process from 'node:process';
import type { Process } from '../../../../src/process/process.js';

/** The sources, or the package as it is built, by the specifier that this is started with. */
const { createTempFolder, spawn }: typeof import('../../../../src/process/index.js') = await import(
  process.argv[2] ?? '../../../../src/process/index.js'
);

// Does all that can be under way when a runner is killed, over and over, each by itself: starts, waits, stops, restarts,
// freezes, limits and kills trees whose members leave their parent, their session and their process group.
const TREE = `
setsid sh -c 'setsid sleep 1000 & exec sleep 1001' &
(setsid sh -c 'trap "" TERM HUP INT; (setsid sleep 1002 &) ; exec sleep 1003' &)
sleep 1004 &
echo grown
exec sleep 1005
`;

const start = (limit?: number): Promise<Process> =>
  spawn('sh', ['-c', TREE], {
    ready: { log: 'grown' },
    timeoutMs: 60_000,
    ...(limit === undefined ? {} : { limits: { processes: limit } }),
  });

/** Whoever may make no group has one tree more of the best there is. */
const isolation = await spawn('true', [], { isolation: 'cgroup' }).then(
  () => ({ isolation: 'cgroup' }) as const,
  () => ({}),
);

const works: readonly (() => Promise<void>)[] = [
  async () => {
    await using tree = await start();
    await tree.stop();
  },
  async () => {
    await using tree = await start();
    for (let turn = 0; turn < 3; turn += 1) await tree.restart();
  },
  async () => {
    await using tree = await start();
    await tree.suspend();
    await tree.resume();
    await tree.suspend();
  },
  async () => {
    await using tree = await spawn('sh', ['-c', TREE], { ...isolation, ready: { log: 'grown' }, timeoutMs: 60_000 });
    await tree.suspend();
    await tree.kill();
  },
  async () => {
    await using tree = await start(40);
    await tree.kill();
  },
  async () => {
    using folder = createTempFolder();
    await using tree = await spawn('sh', ['-c', TREE], {
      cwd: folder.path,
      ready: { log: 'grown' },
      timeoutMs: 60_000,
    });
    await tree.kill();
  },
];

// One that nobody ever stops, too.
const kept = await start();
process.stdout.write(`${JSON.stringify({ isolation: kept.isolation })}\n`);
await Promise.all(
  works.map(async (work) => {
    for (;;) await work();
  }),
);
