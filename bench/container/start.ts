import { randomUUID } from 'node:crypto';
import type { Container } from '../../src/container/container.js';
import type { Benchmark, Measurement } from '../benchmark.js';
import { type BuiltContainers, loadBuiltContainers } from '../built-package.js';
import { useEngine } from './support/engine.js';

const COMMAND = ['sh', '-c', 'echo ready; exec sleep 1000'];

/** A container until it wrote a line, and until it is gone, in milliseconds. */
interface Timed {
  readonly startedMs: number;
  readonly removedMs: number;
}

async function time<T>(work: () => Promise<T>): Promise<{ readonly value: T; readonly tookMs: number }> {
  const fromMs = performance.now();
  return { value: await work(), tookMs: performance.now() - fromMs };
}

async function timeOurs({ startContainer }: BuiltContainers, image: string): Promise<Timed> {
  const started = await time<Container>(() => startContainer({ image, command: COMMAND, ready: { log: 'ready' } }));
  const { tookMs: removedMs } = await time(async () => await started.value[Symbol.asyncDispose]());
  return { startedMs: started.tookMs, removedMs };
}

async function timeTestcontainers(image: string): Promise<Timed> {
  const { GenericContainer, Wait } = await import('testcontainers');
  const planned = new GenericContainer(image)
    .withNetworkMode('none')
    .withCommand(COMMAND)
    .withWaitStrategy(Wait.forLogMessage('ready'));
  const started = await time(() => planned.start());
  const { tookMs: removedMs } = await time(() => started.value.stop({ timeout: 0 }));
  return { startedMs: started.tookMs, removedMs };
}

/** The same image at both, which is there. */
async function compare(choose: (timed: Timed) => number): Promise<Measurement> {
  const built = await loadBuiltContainers();
  await useEngine();
  const name = `glovebox-bench:${randomUUID()}`;
  await using base = await built.startContainer({ image: { busybox: true } });
  const { getContainerRuntimeClient } = await import('testcontainers');
  const { container } = await getContainerRuntimeClient();
  const [repo, tag] = name.split(':');
  await container.dockerode.getContainer(base.id).commit({ repo, tag });
  try {
    const peer = await timeTestcontainers(name);
    const ours = await timeOurs(built, name);
    return { ours: choose(ours), peer: choose(peer), peerName: 'testcontainers, without Ryuk' };
  } finally {
    await container.dockerode.getImage(name).remove({ force: true });
  }
}

const common = { group: 'container', unit: 'ms', direction: 'at most', rounds: 7 } as const;

export default [
  {
    ...common,
    name: 'a container, until it wrote a line that is waited for',
    target: 1.5,
    run: () => compare(({ startedMs }) => startedMs),
  },
  {
    ...common,
    name: 'a container, until it is gone',
    target: 1.5,
    run: () => compare(({ removedMs }) => removedMs),
  },
] satisfies readonly Benchmark[];
