import { AbortedError } from '../core/errors.js';
import { connectEngine, type Engine } from './connect-engine.js';
import type { Container } from './container.js';
import { ContainerError } from './container-error.js';
import { type ContainerSpec, checkContainerSpec, type StartContainerOptions } from './container-spec.js';
import { openLifetime } from './lifetime.js';
import { prepareImage } from './prepare-image.js';
import { RunningContainer } from './running-container.js';
import { waitUntilReady } from './wait-until-ready.js';

/**
 * Starts a container, and resolves when it is ready. What processes that were killed have left is removed first.
 *
 * @throws UsageError with all mistakes @throws UnsupportedError without testcontainers or an engine @throws ContainerError
 * when the image cannot be had, the container cannot be started or ends @throws AbortedError
 *
 * @example
 * ```ts
 * await using container = await startContainer({ image: { busybox: true }, command: ['httpd', '-f'], ready: { tcp: 80 } });
 * ```
 */
export async function startContainer(spec: ContainerSpec, options: StartContainerOptions = {}): Promise<Container> {
  checkContainerSpec(spec, options);
  const { timeoutMs = 60_000, signal: wish } = options;
  throwIfAborted(wish);
  const engine = await connectEngine();
  const { labels, remove } = await openLifetime(engine);
  const signal = AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(wish === undefined ? [] : [wish])]);
  try {
    return await start(engine, spec, { labels, timeoutMs, signal, remove });
  } catch (error) {
    await remove();
    throwIfAborted(wish);
    if (signal.aborted && !(error instanceof ContainerError)) {
      const message = `The container did not start in ${timeoutMs} ms. Raise timeoutMs if it is only slow`;
      throw new ContainerError('ERR_GLOVEBOX_CONTAINER_NOT_READY', { message, cause: error });
    }
    throw error;
  }
}

interface StartRequest {
  readonly labels: Readonly<Record<string, string>>;
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  readonly remove: () => Promise<void>;
}

async function start(
  engine: Engine,
  spec: ContainerSpec,
  { labels, timeoutMs, signal, remove }: StartRequest,
): Promise<Container> {
  const image = await prepareImage(engine, spec.image, { labels, signal });
  signal.throwIfAborted();
  const created = await create(engine, spec, image, labels);
  const container = new RunningContainer(engine, created, remove);
  signal.throwIfAborted();
  try {
    await container.start();
  } catch (error) {
    const message = `The engine cannot start the container: ${error instanceof Error ? error.message : String(error)}`;
    const { command } = spec;
    throw new ContainerError('ERR_GLOVEBOX_CONTAINER_START', {
      message,
      ...(command === undefined ? {} : { command }),
      cause: error,
    });
  }
  if (spec.ready !== undefined) await waitUntilReady(engine, container, spec.ready, { timeoutMs, signal });
  signal.throwIfAborted();
  return container;
}

async function create(
  { api }: Engine,
  spec: ContainerSpec,
  image: string,
  labels: Readonly<Record<string, string>>,
): Promise<string> {
  const { command, env = {}, mounts = [], addCapabilities = [], dropCapabilities = [] } = spec;
  try {
    const container = await api.createContainer({
      Image: image,
      ...(command === undefined ? {} : { Cmd: [...command] }),
      Env: Object.entries(env).map(([name, value]) => `${name}=${value}`),
      Labels: { ...labels },
      ...(spec.workingFolder === undefined ? {} : { WorkingDir: spec.workingFolder }),
      ...(spec.user === undefined ? {} : { User: spec.user }),
      HostConfig: {
        NetworkMode: spec.network ?? 'none',
        Mounts: mounts.map((mount) => ({
          ...('volume' in mount
            ? { Type: 'volume' as const, Source: mount.volume }
            : { Type: 'bind' as const, Source: mount.host }),
          Target: mount.guest,
          ReadOnly: mount.writable !== true,
        })),
        CapAdd: [...addCapabilities],
        CapDrop: [...dropCapabilities],
        ...(spec.memoryMiB === undefined ? {} : { Memory: spec.memoryMiB * 2 ** 20 }),
        ...(spec.maxProcesses === undefined ? {} : { PidsLimit: spec.maxProcesses }),
      },
    });
    return container.id;
  } catch (error) {
    const message = `The engine cannot create the container: ${error instanceof Error ? error.message : String(error)}`;
    throw new ContainerError('ERR_GLOVEBOX_CONTAINER_START', { message, cause: error });
  }
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new AbortedError('Starting a container was called off', { cause: signal.reason });
}
