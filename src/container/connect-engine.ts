import { accessSync, constants, statSync } from 'node:fs';
import process from 'node:process';
import { describeDockerRestart, startDockerCommand } from '../core/docker-service.js';
import { quote, UnsupportedError } from '../core/errors.js';
import { errnoOf } from '../core/kernel-error.js';
import { callEngine, SilentEngineError } from './call-engine.js';
import { findContext } from './docker-context.js';
import {
  type EngineConnection,
  type EngineEnvironment,
  readConnection,
  renderConnection,
} from './engine-connection.js';
import { isTestcontainersThere, mayFindAnother } from './other-engines.js';

type Testcontainers = typeof import('testcontainers');
type Client = Awaited<ReturnType<Testcontainers['getContainerRuntimeClient']>>;
/** The engine's API, as the client that testcontainers found speaks it. */
export type DockerApi = Client['container']['dockerode'];

/** A container engine that answers. */
export interface Engine {
  readonly api: DockerApi;
  /** The same engine, for plain calls. */
  readonly connection: EngineConnection;
  /** Where it is: `unix:///var/run/docker.sock`. */
  readonly address: string;
  /** Whether it is reached by a socket file of this machine, so that its containers may be this kernel's. */
  readonly isLocal: boolean;
}

/** How long an engine may take to say anything. */
const ANSWER_MS = 10_000;

/**
 * Finds the container engine, as testcontainers does: by `DOCKER_HOST`, its settings, or the usual sockets.
 *
 * @param options.timeoutMs - How long it may take to answer, if that is less than 10 s.
 * @throws UnsupportedError when testcontainers is not installed, or no engine can be reached, with the reason
 */
export async function connectEngine({ timeoutMs = ANSWER_MS }: { readonly timeoutMs?: number } = {}): Promise<Engine> {
  // testcontainers would wait for an answer for ever.
  const wanted = readConnection(process.env);
  const refusal = await refuseSilence(wanted, Math.min(timeoutMs, ANSWER_MS));
  if (refusal !== undefined && isTestcontainersThere() && !mayFindAnother(wanted, refusal))
    throw createNoEngineError(refusal, refusal);
  const { getContainerRuntimeClient } = await loadTestcontainers();
  let client: Client;
  try {
    client = await getContainerRuntimeClient();
  } catch (error) {
    throw createNoEngineError(refusal, error);
  }
  const api = client.container.dockerode;
  const connection = readConnectionOf(api);
  return { api, connection, address: renderConnection(connection), isLocal: 'socketPath' in connection };
}

function createNoEngineError(refusal: Error | undefined, cause: unknown): UnsupportedError {
  return new UnsupportedError(
    { capability: 'container', ...explainNoEngine(process.env, refusal?.message) },
    { cause },
  );
}

/** @returns what else is in the way, of which testcontainers may make something: it knows other places */
async function refuseSilence(connection: EngineConnection, timeoutMs: number): Promise<Error | undefined> {
  try {
    await callEngine(connection, { path: '/_ping', timeoutMs });
    return undefined;
  } catch (error) {
    if (!(error instanceof SilentEngineError)) return error instanceof Error ? error : new Error(String(error));
    throw new UnsupportedError(
      {
        capability: 'container',
        reason: `the engine at ${renderConnection(connection)} can be reached, and did not answer in ${timeoutMs} ms`,
        fix: `see whether \`docker info\` answers; if not, ${describeDockerRestart()}`,
      },
      { cause: error },
    );
  }
}

/** Where the client that testcontainers has made calls. */
function readConnectionOf({ modem }: DockerApi): EngineConnection {
  const { socketPath, host, port, protocol, ca, cert, key }: Readonly<Record<string, unknown>> = { ...modem };
  if (typeof socketPath === 'string') return { socketPath };
  const tls = protocol === 'https' ? { ca: toPem(ca), cert: toPem(cert), key: toPem(key) } : undefined;
  return { host: String(host).replace(/^\[|\]$/g, ''), port: Number(port), ...(tls === undefined ? {} : { tls }) };
}

/** One or several. */
function toPem(value: unknown): string {
  return Array.isArray(value) ? value.map(String).join('\n') : String(value);
}

async function loadTestcontainers(): Promise<Testcontainers> {
  try {
    return await import('testcontainers');
  } catch (error) {
    if (!isNotInstalled(error)) throw error;
    throw new UnsupportedError(
      {
        capability: 'container',
        reason: 'the package testcontainers is not installed',
        fix: 'npm install --save-dev testcontainers',
      },
      { cause: error },
    );
  }
}

/** Whether the package itself is not there, rather than something in it, which no installation of it would mend. */
export function isNotInstalled(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    error.code === 'ERR_MODULE_NOT_FOUND' &&
    /Cannot find (?:package|module) 'testcontainers'/.test(error.message)
  );
}

/** Why no engine answers, and what would help. */
export function explainNoEngine(
  environment: EngineEnvironment,
  obstacle?: string,
): { readonly reason: string; readonly fix: string } {
  const { DOCKER_HOST: host } = environment;
  const connection = readConnection(environment);
  if (!('socketPath' in connection)) {
    return {
      reason: `the engine of DOCKER_HOST=${host} does not answer${obstacle === undefined ? '' : `: ${obstacle}`}`,
      fix: 'check the address with `docker info`, or unset DOCKER_HOST to use an engine of this machine',
    };
  }
  const context = host === undefined || host === '' ? findContext() : undefined;
  if (context !== undefined) {
    return {
      reason: `docker uses the context ${quote(context.name)}, which testcontainers does not know, and there is no engine at the usual places`,
      fix: `export DOCKER_HOST=${context.host}`,
    };
  }
  const { socketPath: socket } = connection;
  try {
    statSync(socket);
    accessSync(socket, constants.R_OK | constants.W_OK);
  } catch (error) {
    if (errnoOf(error) === 'EACCES') {
      return {
        reason: `permission to open ${socket} is denied: this user is not in the group of the engine`,
        fix: 'sudo usermod -aG docker "$USER", then log in again',
      };
    }
    const isInstalled = ['/usr/bin/dockerd', '/usr/sbin/dockerd', '/usr/local/bin/dockerd'].some(isThere);
    return isInstalled
      ? { reason: `dockerd is not running: there is no ${socket}`, fix: startDockerCommand() }
      : { reason: 'Docker is not installed', fix: 'apt-get install docker.io, or set DOCKER_HOST' };
  }
  return {
    reason: `${socket} can be opened, and testcontainers gets no use out of it: dockerd may have ended, or have no bridge`,
    fix: 'see what `docker info` says; of an engine without a bridge, set TESTCONTAINERS_HOST_OVERRIDE=127.0.0.1',
  };
}

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
