import { AbortedError } from '../core/errors.js';
import { messageOf } from '../core/message-of.js';
import { within } from '../core/within.js';
import { callEngine, SilentEngineError } from './call-engine.js';
import { connectEngine, type Engine } from './connect-engine.js';
import type { Container } from './container.js';
import { ContainerError } from './container-error.js';
import { type ContainerSpec, checkContainerSpec, type StartContainerOptions } from './container-spec.js';
import type { Labels } from './labels.js';
import { openLifetime } from './lifetime.js';
import { planContainer } from './plan-container.js';
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
  const engine = await connectEngine({ timeoutMs });
  const { labels, remove } = await openLifetime(engine);
  const signal = AbortSignal.any([AbortSignal.timeout(timeoutMs), ...(wish === undefined ? [] : [wish])]);
  const starting = start(engine, spec, { labels, timeoutMs, signal, remove });
  try {
    return await unlessSilent(starting, engine, signal);
  } catch (error) {
    if (error instanceof SilentEngineError) {
      // Should it come to itself; at the end of this process the reaper tries, too.
      starting.then(() => remove(), remove).catch(() => {});
      const message = `The engine at ${engine.address} has stopped to answer: ${error.message}. Restart it; what it may have made goes then, or with the next start`;
      throw new ContainerError('ERR_GLOVEBOX_CONTAINER_ENGINE', { message, cause: error });
    }
    await remove();
    throwIfAborted(wish);
    if (signal.aborted && !(error instanceof ContainerError)) {
      const message = `The container did not start in ${timeoutMs} ms. Raise timeoutMs if it is only slow`;
      throw new ContainerError('ERR_GLOVEBOX_CONTAINER_NOT_READY', { message, cause: error });
    }
    throw error;
  }
}

/** How long a call that is under way may still take when a start is called off: what it makes has to be removed. */
const LAST_CALL_MS = 10_000;
const PING_MS = 2_000;

/** What a start gives, unless it is called off and the engine never comes back to it. @throws SilentEngineError */
async function unlessSilent<T>(starting: Promise<T>, { connection }: Engine, signal: AbortSignal): Promise<T> {
  const settled = starting.then(
    () => true,
    () => true,
  );
  const calledOff = new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  await Promise.race([settled, calledOff]);
  if (signal.aborted) {
    const ping = callEngine(connection, { path: '/_ping', timeoutMs: PING_MS }).catch((error: unknown) => {
      // Of one that has ended the start hears, too.
      if (error instanceof SilentEngineError) throw error;
    });
    await Promise.race([settled, ping]);
    if ((await within(settled, LAST_CALL_MS)) === undefined)
      throw new SilentEngineError(`a call of its API took more than ${LAST_CALL_MS} ms`);
  }
  return starting;
}

interface StartRequest {
  readonly labels: Labels;
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
    const message = `The engine cannot start the container: ${messageOf(error)}`;
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

async function create({ api }: Engine, spec: ContainerSpec, image: string, labels: Labels): Promise<string> {
  try {
    const container = await api.createContainer(planContainer(spec, image, labels));
    return container.id;
  } catch (error) {
    const message = `The engine cannot create the container: ${messageOf(error)}`;
    throw new ContainerError('ERR_GLOVEBOX_CONTAINER_START', { message, cause: error });
  }
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new AbortedError('Starting a container was called off', { cause: signal.reason });
}
