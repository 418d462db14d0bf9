import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UnsupportedError } from '../core/errors.js';
import { messageOf } from '../core/message-of.js';

/** How an engine is reached: plain data, so that another process can be told. */
export type EngineConnection =
  | { readonly socketPath: string }
  | { readonly host: string; readonly port: number; readonly tls?: EngineTls };

/** What an engine and its user show each other, as PEM. */
export interface EngineTls {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** The variables that say where an engine is. */
export interface EngineEnvironment {
  readonly DOCKER_HOST?: string | undefined;
  readonly DOCKER_TLS_VERIFY?: string | undefined;
  readonly DOCKER_CERT_PATH?: string | undefined;
}

export const DEFAULT_SOCKET = '/var/run/docker.sock';

/** Where an engine is, as a user would write it: `unix:///var/run/docker.sock`, `tcp://10.0.0.9:2376`. */
export function renderConnection(connection: EngineConnection): string {
  if ('socketPath' in connection) return `unix://${connection.socketPath}`;
  const host = connection.host.includes(':') ? `[${connection.host}]` : connection.host;
  return `tcp://${host}:${connection.port}`;
}

/**
 * Where the environment says that an engine is; without `DOCKER_HOST`, at the usual socket.
 *
 * @throws UnsupportedError for what cannot be used: an address by SSH, certificates that are not there
 */
export function readConnection(environment: EngineEnvironment): EngineConnection {
  const { DOCKER_HOST: address } = environment;
  if (address === undefined || address === '') return { socketPath: DEFAULT_SOCKET };
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url?.protocol === 'unix:') return { socketPath: url.pathname };
  if (url === undefined || !['tcp:', 'http:'].includes(url.protocol) || url.port === '') {
    throw new UnsupportedError({
      capability: 'container',
      reason: `DOCKER_HOST=${address} is no address that can be used here`,
      fix:
        url?.protocol === 'ssh:'
          ? `ssh -N -L /tmp/engine.sock:${DEFAULT_SOCKET} ${address.slice('ssh://'.length)}, and DOCKER_HOST=unix:///tmp/engine.sock`
          : 'set it to unix:///path/of/a.sock or tcp://host:port, or unset it',
    });
  }
  const tls = readTls(environment, url.port);
  const host = url.hostname.replace(/^\[|\]$/g, '');
  return { host, port: Number(url.port), ...(tls === undefined ? {} : { tls }) };
}

function readTls(
  { DOCKER_TLS_VERIFY: verify, DOCKER_CERT_PATH: folder }: EngineEnvironment,
  port: string,
): EngineTls | undefined {
  // The client that testcontainers has takes that port for one of TLS, too.
  if (verify !== '1' && port !== '2376') return undefined;
  if (folder === undefined || folder === '') {
    throw new UnsupportedError({
      capability: 'container',
      reason:
        'the engine of DOCKER_HOST is to be reached by TLS, and DOCKER_CERT_PATH does not say with which certificates',
      fix: 'set DOCKER_CERT_PATH to the folder with ca.pem, cert.pem and key.pem',
    });
  }
  const read = (name: string): string => {
    try {
      return readFileSync(join(folder, name), 'utf8');
    } catch (error) {
      throw new UnsupportedError(
        {
          capability: 'container',
          reason: `the certificates of the engine cannot be read: ${messageOf(error)}`,
          fix: 'set DOCKER_CERT_PATH to the folder with ca.pem, cert.pem and key.pem',
        },
        { cause: error },
      );
    }
  };
  return { ca: read('ca.pem'), cert: read('cert.pem'), key: read('key.pem') };
}
