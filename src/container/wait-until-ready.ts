import process from 'node:process';
import { UnsupportedError } from '../core/errors.js';
import { until } from '../core/until.js';
import { findListening } from '../process/ready/listening-sockets.js';
import { askHttp, isGoodAnswer } from '../process/ready/ready-http.js';
import type { Engine } from './connect-engine.js';
import type { Container } from './container.js';
import { ContainerError } from './container-error.js';
import type { ContainerReady } from './container-spec.js';
import { askWithin, listenWithin } from './probe-within.js';

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
    // That it has ended is told with what was waited for.
    if (error instanceof ContainerError && error.code === 'ERR_GLOVEBOX_CONTAINER_ENDED') await ended;
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
  await until(await createCondition(engine, container, ready), { ...limits, description: describe(ready) });
}

async function waitForAnswer(
  engine: Engine,
  container: Container,
  { http, status }: { readonly http: string; readonly status?: number },
  { seen, ...limits }: WaitOptions,
): Promise<void> {
  const ask = await prepareAsking(engine, container, new URL(http));
  const condition = async (): Promise<boolean> => {
    const answer = await ask.ask();
    seen.last = typeof answer === 'number' ? `status ${answer}` : answer;
    return isGoodAnswer(answer, status);
  };
  try {
    await until(condition, { ...limits, maxIntervalMs: 50, description: describe({ http }) });
  } finally {
    ask.close();
  }
}

/** Asks from within the container's network namespace, which takes root and an engine of this machine; else by a program in it. */
async function prepareAsking(engine: Engine, container: Container, url: URL) {
  if (!isHere(engine, container) || process.geteuid?.() !== 0)
    return { ask: await askWithin(container, url), close: () => {} };
  const { Netns } = await import('../netns/netns.js');
  const netns = Netns.ofProcess(container.pid);
  return { ask: () => askHttp(url, netns), close: () => netns[Symbol.dispose]() };
}

/** Whether its processes are this machine's. */
function isHere({ isLocal }: Engine, container: Container): boolean {
  if (!isLocal) return false;
  try {
    return container.pid > 0;
  } catch (error) {
    if (error instanceof UnsupportedError) return false;
    throw error;
  }
}

async function createCondition(
  engine: Engine,
  container: Container,
  ready: Exclude<ContainerReady, { readonly exit: true } | { readonly log: unknown } | { readonly http: string }>,
): Promise<() => unknown> {
  if ('until' in ready) return () => ready.until(container);
  if ('healthy' in ready)
    return async () => (await engine.api.getContainer(container.id).inspect()).State.Health?.Status === 'healthy';
  if (!isHere(engine, container)) return listenWithin(container, ready);
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
