import { accessSync, constants, statSync } from 'node:fs';
import process from 'node:process';
import { UnsupportedError } from '../core/errors.js';
import { errnoOf } from '../core/kernel-error.js';

type Testcontainers = typeof import('testcontainers');
type Client = Awaited<ReturnType<Testcontainers['getContainerRuntimeClient']>>;
/** The engine's API, as the client that testcontainers found speaks it. */
export type DockerApi = Client['container']['dockerode'];

/** A container engine that answers. */
export interface Engine {
  readonly api: DockerApi;
  /** Where it is: `unix:///var/run/docker.sock`. */
  readonly address: string;
  /** Whether it is reached by a socket file of this machine, so that its containers may be this kernel's. */
  readonly isLocal: boolean;
}

const DEFAULT_SOCKET = '/var/run/docker.sock';

/**
 * Finds the container engine, as testcontainers does: by `DOCKER_HOST`, its settings, or the usual sockets.
 *
 * @throws UnsupportedError when testcontainers is not installed, or no engine can be reached, with the reason
 */
export async function connectEngine(): Promise<Engine> {
  const { getContainerRuntimeClient } = await loadTestcontainers();
  let client: Client;
  try {
    client = await getContainerRuntimeClient();
  } catch (error) {
    throw new UnsupportedError(
      { capability: 'container', ...explainNoEngine(process.env['DOCKER_HOST']) },
      { cause: error },
    );
  }
  const address = process.env['DOCKER_HOST'] || `unix://${DEFAULT_SOCKET}`;
  return { api: client.container.dockerode, address, isLocal: address.startsWith('unix:') };
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
export function explainNoEngine(host: string | undefined): { readonly reason: string; readonly fix: string } {
  if (host !== undefined && !host.startsWith('unix:')) {
    return {
      reason: `the engine of DOCKER_HOST=${host} does not answer`,
      fix: 'check the address with `docker info`, or unset DOCKER_HOST to use an engine of this machine',
    };
  }
  const socket = host === undefined || host === '' ? DEFAULT_SOCKET : host.slice('unix://'.length);
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
      ? { reason: `dockerd is not running: there is no ${socket}`, fix: 'sudo systemctl start docker' }
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
