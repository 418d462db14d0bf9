import { UnsupportedError } from '../core/errors.js';
import { until } from '../core/until.js';
import { findListening } from '../process/ready/listening-sockets.js';
import { askHttp, isGoodAnswer } from '../process/ready/ready-http.js';
import type { Engine } from './connect-engine.js';
import type { Container } from './container.js';
import { ContainerError } from './container-error.js';
import type { ContainerReady } from './container-spec.js';

/**
 * Waits until a container is ready, has ended, or time is up.
 *
 * @throws ContainerError `ERR_GLOVEBOX_CONTAINER_NOT_READY` with the last that it wrote
 */
export async function waitUntilReady(
  engine: Engine,
  container: Container,
  ready: ContainerReady,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal },
): Promise<void> {
  const fail = (message: string, details: { readonly exitCode?: number; readonly cause?: unknown } = {}) =>
    new ContainerError('ERR_GLOVEBOX_CONTAINER_NOT_READY', { message, ...details, logTail: container.logs.tail() });
  if ('exit' in ready) {
    const ended = await Promise.race([container.waitForExit(), rejectOnAbort(signal)]);
    if (ended.code !== 0) throw fail('The container should exit with code 0, and did not', { exitCode: ended.code });
    return;
  }
  const seen: { last?: string } = {};
  const over = new AbortController();
  const either = AbortSignal.any([signal, over.signal]);
  const ended = container.waitForExit().then(({ code, isOutOfMemory }) => {
    const why = isOutOfMemory ? ' for want of memory: raise memoryMiB' : '';
    throw fail(`The container ended before ${describe(ready)}${why}`, { exitCode: code });
  });
  try {
    await Promise.race([ended, wait(engine, container, ready, { timeoutMs, signal: either, seen })]);
  } catch (error) {
    if (error instanceof ContainerError || error instanceof UnsupportedError) throw error;
    // What called it off: a deadline for everything, or somebody.
    if (signal.aborted && !isDeadline(signal.reason)) throw error;
    const last = seen.last === undefined ? '' : `; the last was ${seen.last}`;
    throw fail(`The container is not ready after ${timeoutMs} ms: ${describe(ready)} did not come${last}`, {
      cause: error,
    });
  } finally {
    over.abort();
    ended.catch(() => {});
  }
}

interface WaitOptions {
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
  /** What was answered last. */
  readonly seen: { last?: string };
}

async function wait(
  engine: Engine,
  container: Container,
  ready: Exclude<ContainerReady, { readonly exit: true }>,
  options: WaitOptions,
): Promise<void> {
  const { seen: _, ...limits } = options;
  if ('log' in ready) {
    await container.logs.waitForLine(ready.log, limits);
    return;
  }
  if ('http' in ready) {
    await waitForAnswer(engine, container, ready, options);
    return;
  }
  await until(createCondition(engine, container, ready), { ...limits, description: describe(ready) });
}

/** Asks from within the container's network namespace, which takes root. */
async function waitForAnswer(
  engine: Engine,
  container: Container,
  { http, status }: { readonly http: string; readonly status?: number },
  { seen, ...limits }: WaitOptions,
): Promise<void> {
  requireLocal(engine);
  const { Netns } = await import('../netns/netns.js');
  using netns = Netns.ofProcess(container.pid);
  const condition = async (): Promise<boolean> => {
    const answer = await askHttp(new URL(http), netns);
    seen.last = typeof answer === 'number' ? `status ${answer}` : answer;
    return isGoodAnswer(answer, status);
  };
  await until(condition, { ...limits, maxIntervalMs: 50, description: describe({ http }) });
}

/** Waiting would not help. @throws UnsupportedError */
function requireLocal({ isLocal, address }: Engine): void {
  if (isLocal) return;
  const fix = 'wait for a line of its log, its health check or its exit, or use an engine of this machine';
  const reason = `the engine at ${address} is remote, and ports are seen in namespaces of this machine`;
  throw new UnsupportedError({ capability: 'local container', reason, fix });
}

function createCondition(
  engine: Engine,
  container: Container,
  ready: Exclude<ContainerReady, { readonly exit: true } | { readonly log: unknown } | { readonly http: string }>,
): () => unknown {
  if ('until' in ready) return () => ready.until(container);
  if ('healthy' in ready)
    return async () => (await engine.api.getContainer(container.id).inspect()).State.Health?.Status === 'healthy';
  requireLocal(engine);
  return () => findListening(container.pid, ready).length > 0;
}

/** What AbortSignal.timeout() gives as its reason. */
function isDeadline(reason: unknown): boolean {
  return reason instanceof DOMException && reason.name === 'TimeoutError';
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const abort = (): void => reject(signal.reason);
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
  });
}

function describe(ready: ContainerReady): string {
  if ('log' in ready) return `a line with ${String(ready.log)}`;
  if ('tcp' in ready) return `TCP port ${ready.tcp}`;
  if ('udp' in ready) return `UDP port ${ready.udp}`;
  if ('http' in ready) return `an answer of ${ready.http}`;
  if ('healthy' in ready) return 'a health check that succeeds';
  return 'exit' in ready ? 'its exit' : 'what ready.until asks for';
}
