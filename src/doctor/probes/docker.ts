import { request } from 'node:http';
import { join } from 'node:path';
import { startDockerCommand } from '../../core/docker-service.js';
import { findInstallCommand } from '../distribution.js';
import { fixByInstalling, fixFileAccess } from '../fixes.js';
import type { Machine } from '../machine.js';
import { type Finding, type Fix, missing, ok, type Probe } from '../probe.js';
import { findProgram } from '../programs.js';

const TIMEOUT_MS = 2000;

/** A Docker engine, asked for its version. No docker program is needed for that. */
export const DOCKER: readonly Probe[] = [
  { id: 'docker', title: 'Docker engine', rung: 'container', group: 'containers', waits: true, run: probeDocker },
];

/** Where an engine listens: a socket's path, or host and port. */
type Endpoint = { readonly socketPath: string } | { readonly host: string; readonly port: string };

interface Answer {
  readonly endpoint: string;
  /** The version, or why there is none. */
  readonly version?: string;
  readonly failure?: string;
}

async function probeDocker(machine: Machine): Promise<Finding> {
  const endpoints = listEndpoints(machine);
  if (endpoints === undefined) {
    return missing(`nothing was tried: DOCKER_HOST is ${JSON.stringify(machine.environment['DOCKER_HOST'])}`, {
      command: 'export DOCKER_HOST=unix:///var/run/docker.sock',
      text: 'name an engine by unix:// or tcp://',
    });
  }
  const answers = await Promise.all(endpoints.map(askVersion));
  const found = answers.find(({ version }) => version !== undefined);
  if (found?.version !== undefined) return ok(`GET /version at ${found.endpoint}: ${found.version}`);
  const evidence = answers.map(({ endpoint, failure }) => `GET /version at ${endpoint}: ${failure}`).join('; ');
  return missing(evidence, fixDocker(machine, answers));
}

/** Where to look; `undefined` for a DOCKER_HOST that cannot be used. */
function listEndpoints({ environment }: Machine): readonly Endpoint[] | undefined {
  const host = environment['DOCKER_HOST'];
  if (host !== undefined && host !== '') {
    const [, path] = /^unix:\/\/(.+)$/.exec(host) ?? [];
    if (path !== undefined) return [{ socketPath: path }];
    const [, name, port = '2375'] = /^(?:tcp|http):\/\/([^:/]+|\[[^\]]+\])(?::(\d+))?\/?$/.exec(host) ?? [];
    return name === undefined ? undefined : [{ host: name.replace(/^\[|\]$/g, ''), port }];
  }
  const runtime = environment['XDG_RUNTIME_DIR'];
  const rootless = runtime === undefined || runtime === '' ? [] : [{ socketPath: join(runtime, 'docker.sock') }];
  return [{ socketPath: '/var/run/docker.sock' }, ...rootless];
}

function askVersion(endpoint: Endpoint): Promise<Answer> {
  const name = 'socketPath' in endpoint ? endpoint.socketPath : `${endpoint.host}:${endpoint.port}`;
  return new Promise((resolve) => {
    const fail = (error: Error & { readonly code?: string }) =>
      resolve({ endpoint: name, failure: error.code ?? error.message });
    const call = request(
      { ...endpoint, path: '/version', agent: false, signal: AbortSignal.timeout(TIMEOUT_MS) },
      (response) => {
        let body = '';
        response.setEncoding('utf8').on('data', (text: string) => {
          body += text;
        });
        response.on('error', fail);
        response.on('end', () => resolve({ endpoint: name, ...readVersion(response.statusCode, body) }));
      },
    );
    call.on('error', fail);
    call.end();
  });
}

function readVersion(status: number | undefined, body: string): Pick<Answer, 'version' | 'failure'> {
  let fields: unknown;
  try {
    fields = JSON.parse(body);
  } catch {
    fields = undefined;
  }
  if (typeof fields !== 'object' || fields === null || !('Version' in fields) || !('ApiVersion' in fields)) {
    return { failure: `status ${status} and no version` };
  }
  return { version: `engine ${fields.Version}, API ${fields.ApiVersion}` };
}

function fixDocker(machine: Machine, answers: readonly Answer[]): Fix {
  const refused = answers.find(({ failure }) => failure === 'EACCES');
  if (refused !== undefined) return fixFileAccess(machine, refused.endpoint);
  if (findProgram(machine, 'dockerd') !== undefined)
    return { command: startDockerCommand(machine), text: 'start the engine' };
  const install = fixByInstalling(machine, 'docker');
  if (findInstallCommand(machine.distribution, 'docker') === undefined || install.command === undefined) return install;
  return { command: `${install.command} && ${startDockerCommand(machine)}`, text: 'install the engine and start it' };
}
